/** What a call says, as fields: who calls (RFC 5531 8.2, appendix A) and what is called. */
import { envelope, shared } from '../../events/envelope.js';
import { type Field, ITEM } from '../../events/fields.js';
import { FLAG } from '../../events/layout.js';
import type { Row } from '../../events/row.js';
import type { Direction, Flow } from '../analyzer.js';
import { FLAVOR, FLAVORS, PROTOCOL, PROTOCOL_OTHER } from './codes.js';
import { fields } from './fields.js';
import type { RpcMessage } from './message.js';

const HEX = Buffer.from('0123456789abcdef');
/** ECS has ids as keywords; they are sent as the numbers they are. */
const USER = fields['user.id'] as unknown as Field<'long'>;
const GROUP = fields['group.id'] as unknown as Field<'long'>;

/** `dir`: where the call went. */
export function fillCall(row: Row, message: RpcMessage, flow: Flow, dir: Direction): void {
  const { version, flavor } = message;
  fillXid(row, message.xid);
  row.flags |= FLAG.noNetworkProtocol;
  row.word(envelope['network.protocol'], PROTOCOL[version - 3] ?? PROTOCOL_OTHER);
  row.long(fields['nfs.version'], version);
  fillOperation(row, message);
  const known = FLAVORS[flavor];
  if (known !== undefined) row.word(fields['rpc.auth_flavor'], known);
  else row.string(fields['rpc.auth_flavor'], `unknown (${flavor})`);
  if (flavor === FLAVOR.unix) fillCaller(row, message, flow, dir);
}

/** Eight hexadecimal digits. */
export function fillXid(row: Row, xid: number): void {
  const at = row.compose(8);
  if (at < 0) return;
  for (let i = 0; i < 8; i++) row.heap[at + i] = HEX[(xid >>> (28 - 4 * i)) & 15]!;
  row.composed(fields['rpc.xid'], at, 8);
}

function fillOperation(row: Row, { operation, illegal, minor, buf, tagStart, tagEnd }: RpcMessage): void {
  if (minor >= 0) {
    row.long(fields['nfs.minor_version'], minor);
    row.text(fields['nfs.tag'], buf, tagStart, tagEnd);
  }
  if (operation) {
    row.word(fields['nfs.opcode'], operation.opcode);
    row.word(shared['event.action'], operation.action);
    return;
  }
  row.string(fields['nfs.opcode'], `ILLEGAL (${illegal})`);
  row.string(shared['event.action'], `nfs.ILLEGAL (${illegal})`);
}

function fillCaller(row: Row, message: RpcMessage, flow: Flow, dir: Direction): void {
  row.long(fields['rpc.cred.stamp'], message.stamp);
  row.long(fields['rpc.cred.uid'], message.uid);
  row.long(USER, message.uid);
  row.long(fields['rpc.cred.gid'], message.gid);
  row.long(GROUP, message.gid);
  if (message.machineEnd > message.machineStart) fillMachine(row, message);
  else fillAddress(row, flow, dir);
  const { buf, gids, gidsStart } = message;
  if (gids === 0) {
    row.emptyList(fields['rpc.cred.gids']);
    return;
  }
  row.list(fields['rpc.cred.gids']);
  for (let i = 0, at = gidsStart; i < gids; i++, at += 4) {
    row.long(ITEM, ((buf[at]! << 24) | (buf[at + 1]! << 16) | (buf[at + 2]! << 8) | buf[at + 3]!) >>> 0);
  }
  row.close();
}

function fillMachine(row: Row, { buf, machineStart: start, machineEnd: end }: RpcMessage): void {
  row.text(fields['rpc.cred.machinename'], buf, start, end);
  row.text(fields['host.hostname'], buf, start, end);
  row.text(fields['source.domain'], buf, start, end);
}

/** A machine without a name has that of its address. */
function fillAddress(row: Row, { addresses, ipVersion }: Flow, dir: Direction): void {
  const size = ipVersion === 4 ? 4 : 16;
  const start = (dir + 1) * 16 - size;
  row.ip(fields['rpc.cred.machinename'], addresses, start, size);
  row.ip(fields['host.hostname'], addresses, start, size);
}
