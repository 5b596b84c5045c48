/**
 * Packetbeat and Suricata, from the folder $PBFAST_PEERS or ../shared/peers: scripts that unpack and run the real programs on
 * a capture. They are no part of the project; a peer that is absent or does not run is named with the reason.
 */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { measure } from './measure.js';
import { confOf, freshFolder, root } from './program.js';

const FOLDER = process.env.PBFAST_PEERS ?? join(root, '../shared/peers');

const PEERS = [
  {
    name: 'Packetbeat',
    script: 'packetbeat-read',
    protocols: 'all',
    ending: '.ndjson',
    command: (script, capture, protocol, folder) => [script, confOf(protocol), capture, folder],
  },
  {
    name: 'Suricata',
    script: 'suricata-read',
    // It also reads some of the others, as what it calls transactions; they are not events like ours.
    protocols: ['http', 'dns', 'flow'],
    ending: 'eve.json',
    command: (script, capture, protocol, folder) => [
      script,
      capture,
      folder,
      ...(protocol === 'flow' ? ['flow'] : []),
    ],
  },
];

/**
 * Peers with { name, absent, protocols, ending, command(capture, protocol, folder) }. `absent` is '' or the reason. A first
 * run on the small capture `sample` unpacks them, so that this is not measured.
 */
export function findPeers(sample) {
  return PEERS.map(({ name, script, protocols, ending, command }) => {
    const path = join(FOLDER, script);
    const peer = {
      name,
      protocols,
      ending,
      absent: '',
      command: (capture, protocol, folder) => command(path, capture, protocol, folder),
    };
    return { ...peer, absent: reasonOfAbsence(peer, path, sample) };
  });
}

function reasonOfAbsence(peer, path, sample) {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return `${path} is not there`;
  }
  const { status, stderr } = measure(peer.command(sample, 'flow', freshFolder('peer')));
  return status === 0 ? '' : `does not run: ${stderr.trim().split('\n').at(-1)}`;
}
