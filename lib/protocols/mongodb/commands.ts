/** What is known of a command by its name (MongoDB manual, "Database Commands"). */
import { Words } from '../kit/words.js';
import { KEY } from './keys.js';

export interface Command {
  /** The text of its first element: a collection, a name with its database, or something else. */
  readonly target: 'collection' | 'namespace' | 'other';
  /** The element with the data, which `query` leaves out. */
  readonly data: number;
  /** Credentials are exchanged. */
  readonly secret: boolean;
}

const PLAIN: Command = { target: 'collection', data: KEY.none, secret: false };
const special = new Map<string, Command>();

function are(names: string, traits: Partial<Command>): void {
  for (const name of names.split(' ')) special.set(name.toUpperCase(), { ...PLAIN, ...traits });
}

are('insert', { data: KEY.documents });
are('update', { data: KEY.updates });
are('findAndModify', { data: KEY.update });
are('bulkWrite', { target: 'other', data: KEY.ops });
are('saslStart saslContinue authenticate copydbsaslstart copydb getnonce copydbgetnonce logout', {
  target: 'other',
  secret: true,
});
are('createUser updateUser usersInfo', { target: 'other', secret: true });
are('hello isMaster ping buildInfo endSessions killSessions explain', { target: 'other' });
are('dropUser grantRolesToUser revokeRolesFromUser createRole updateRole dropRole rolesInfo', {
  target: 'other',
});
are('grantPrivilegesToRole revokePrivilegesFromRole grantRolesToRole revokeRolesFromRole', {
  target: 'other',
});
are('getLog getParameter setParameter eval clone shutdown setFeatureCompatibilityVersion', {
  target: 'other',
});
are('addShard removeShard enableSharding movePrimary addShardToZone removeShardFromZone', {
  target: 'other',
});
are('replSetHeartbeat replSetSyncFrom replSetRequestVotes replSetElect replSetFresh connPoolSync', {
  target: 'other',
});
are('renameCollection moveChunk split splitVector splitChunk mergeChunks shardCollection dataSize', {
  target: 'namespace',
});
are('cleanupOrphaned cloneCollection checkShardingIndex getShardVersion setShardVersion reshardCollection', {
  target: 'namespace',
});

const words = new Words<Command>((name) => special.get(name) ?? PLAIN);
// All are in the table before the wire can fill it with others.
for (const name of special.keys()) words.find(Buffer.from(name), 0, name.length);

export function findCommand(buf: Uint8Array, start: number, end: number): Command {
  return words.find(buf, start, end) ?? PLAIN;
}
