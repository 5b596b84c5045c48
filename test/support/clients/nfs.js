/**
 * Calls of NFS 3 and 4 by hand, many at a time, over TCP and UDP: one JSON line an exchange, with what was called and what
 * the server answered. `node nfs.js ADDRESS MOUNT_PORT EXPORT COUNT`
 */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

const [address, mountPort, exported, count] = process.argv.slice(2);
const NFS_PORT = 2049;
const IN_FLIGHT = 8;
const DATAGRAM_TIMEOUT_MS = 2000;
const STATUS = {
  0: 'NFS_OK',
  2: 'NFSERR_NOENT',
  13: 'NFSERR_ACCESS',
  17: 'NFSERR_EXIST',
  20: 'NFSERR_NOTDIR',
  22: 'NFSERR_INVAL',
  66: 'NFSERR_NOTEMPTY',
  70: 'NFSERR_STALE',
  10001: 'NFSERR_BADHANDLE',
  10020: 'NFSERR_NOFILEHANDLE',
  10021: 'NFSERR_MINOR_VERS_MISMATCH',
  10044: 'NFSERR_OP_ILLEGAL',
  10052: 'NFSERR_BADSESSION',
  10071: 'NFSERR_OP_NOT_IN_SESSION',
};
const ACCEPTED = ['success', 'prog_unavail', 'prog_mismatch', 'proc_unavail', 'garbage_args', 'system_err'];
const REJECTED = ['rpc_mismatch', 'auth_error'];

const u32 = (...numbers) => {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [i, n] of numbers.entries()) bytes.writeUInt32BE(n >>> 0, i * 4);
  return bytes;
};
const opaque = (value) => {
  const bytes = Buffer.from(value);
  return Buffer.concat([u32(bytes.length), bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
};
const join = (...parts) => Buffer.concat(parts);
const NONE = u32(0, 0);
const unix = (gids) =>
  join(u32(1), opaque(join(u32(42), opaque('tester'), u32(0, 0, gids.length, ...gids))), NONE);

let xids = 0x7ffffff0;

/** A connection with answers by xid. `fragment`: bytes of a fragment, now and then. */
class Tcp {
  constructor(port) {
    this.name = 'tcp';
    this.waiting = new Map();
    this.rest = Buffer.alloc(0);
    this.socket = connect(port, address).on('data', (data) => this.take(data));
  }

  send(message, xid, fragment) {
    const size = fragment ?? message.length;
    const parts = [];
    for (let at = 0; at < message.length; at += size) {
      const part = message.subarray(at, at + size);
      parts.push(u32((at + size >= message.length ? 0x80000000 : 0) + part.length), part);
    }
    return new Promise((resolve) => {
      this.waiting.set(xid, resolve);
      this.socket.write(join(...parts));
    });
  }

  take(data) {
    this.rest = join(this.rest, data);
    while (this.rest.length >= 4) {
      const size = this.rest.readUInt32BE(0) & 0x7fffffff;
      if (this.rest.length < 4 + size) return;
      const reply = this.rest.subarray(4, 4 + size);
      this.rest = this.rest.subarray(4 + size);
      this.waiting.get(reply.readUInt32BE(0))(reply);
    }
  }

  end() {
    this.socket.end();
  }
}

/** Sends again what is not answered in time, as clients of NFS do. */
class Udp {
  constructor() {
    this.name = 'udp';
    this.waiting = new Map();
    this.socket = createSocket('udp4').on('message', (reply) =>
      this.waiting.get(reply.readUInt32BE(0))?.(reply),
    );
  }

  send(message, xid) {
    const once = () => this.socket.send(message, NFS_PORT, address);
    return new Promise((resolve) => {
      const timer = setInterval(once, DATAGRAM_TIMEOUT_MS);
      this.waiting.set(xid, (reply) => {
        clearInterval(timer);
        resolve(reply);
      });
      once();
    });
  }

  end() {
    this.socket.close();
  }
}

/** Sends a call and, unless it only prepares others, logs it with its answer. */
async function exchange(link, call) {
  const xid = xids++ >>> 0;
  const { program = 100003, version, procedure, args = Buffer.alloc(0), auth = unix([100, 4]) } = call;
  const message = join(u32(xid, 0, 2, program, version, procedure), auth, args);
  const reply = await link.send(message, xid, call.fragment);
  const accepted = reply.readUInt32BE(8) === 0;
  const status = accepted ? reply.readUInt32BE(20 + reply.readUInt32BE(16)) : reply.readUInt32BE(12);
  const results = accepted ? reply.subarray(24 + reply.readUInt32BE(16)) : reply;
  if (program !== 100003) return results;
  const entry = {
    transport: link.name,
    xid: xid.toString(16).padStart(8, '0'),
    version,
    opcode: call.opcode,
    rpc: (accepted ? ACCEPTED : REJECTED)[status],
    sent: message.length,
    received: reply.length,
  };
  if (accepted && status === 0) {
    const nfs = procedure === 0 ? 0 : results.readUInt32BE(0);
    entry.nfs = STATUS[nfs] ?? `? ${nfs}`;
  }
  console.log(JSON.stringify(entry));
  return results;
}

const three = (procedure, opcode, ...parts) => ({ version: 3, procedure, opcode, args: join(...parts) });
const four = (opcode, minor, ...operations) => ({
  version: 4,
  procedure: 1,
  opcode,
  args: join(opaque(opcode.toLowerCase()), u32(minor, operations.length), ...operations),
});
const ROOT = u32(24);
const lookup = (name) => join(u32(15), opaque(name));
const GETATTR = u32(9, 2, 0x10011a, 0xb0a23a);
const NO_SESSION = u32(53, 1, 2, 3, 4, 1, 0, 0, 0);

/** Call number n; `root` and `file` are handles of version 3. */
const CALLS = [
  () => three(0, 'NULL'),
  (_, { root }) => three(1, 'GETATTR', opaque(root)),
  (_, { root }) => three(3, 'LOOKUP', opaque(root), opaque('large')),
  (n, { root }) => three(3, 'LOOKUP', opaque(root), opaque(`none ${n}`)),
  (_, { root }) => three(4, 'ACCESS', opaque(root), u32(0x3f)),
  (n, { file }) => three(6, 'READ', opaque(file), u32(0, n * 100, 60_000)),
  (n, { file }) => three(6, 'READ', opaque(file), u32(0, n, 10)),
  (n, { root }) => three(8, 'CREATE', opaque(root), opaque(`file ${n}`), u32(0, 0, 0, 0, 0, 0, 0)),
  (n, { root }) => three(9, 'MKDIR', opaque(root), opaque(`folder ${n}`), u32(0, 0, 0, 0, 0, 0)),
  (n, { root }) => three(12, 'REMOVE', opaque(root), opaque(`none ${n}`)),
  (_, { root }) => three(16, 'READDIR', opaque(root), u32(0, 0, 0, 0, 4096)),
  (_, { root }) => three(17, 'READDIRPLUS', opaque(root), u32(0, 0, 0, 0, 2048, 8192)),
  (_, { root }) => three(18, 'FSSTAT', opaque(root)),
  (_, { root }) => three(19, 'FSINFO', opaque(root)),
  (_, { root }) => three(20, 'PATHINFO', opaque(root)),
  (n, { file }) => three(7, 'WRITE', opaque(file), u32(0, 0, 3000, 2, 3000), Buffer.alloc(3000, n)),
  (_, { file }) => three(21, 'COMMIT', opaque(file), u32(0, 0, 0)),
  () => three(1, 'GETATTR', opaque('no handle')),
  (n) => ({ ...three(99, 'ILLEGAL'), fragment: 8 + (n % 5) * 4 }),
  () => ({ version: 9, procedure: 1, opcode: 'GETATTR' }),
  (_, { root }) => ({ ...three(1, 'GETATTR', opaque(root)), auth: join(NONE, NONE) }),
  () => ({ version: 4, procedure: 0, opcode: 'NULL' }),
  () => four('GETATTR', 0, ROOT, GETATTR),
  () => four('LOOKUP', 0, ROOT, lookup('export'), lookup('none')),
  () => four('ACCESS', 0, ROOT, u32(3, 0x1f), GETATTR),
  () => ({ ...four('READDIR', 0, ROOT, u32(26, 0, 0, 0, 0, 4096, 4096, 1, 2)), fragment: 60 }),
  () => four('READLINK', 0, ROOT, u32(27)),
  () => four('GETFH', 0, u32(10)),
  () =>
    four(
      'SETCLIENTID',
      0,
      join(u32(35, 1, 2), opaque('me'), u32(1), opaque('tcp'), opaque('0.0.0.0.0.0'), u32(1)),
    ),
  () => four('GETATTR', 1, NO_SESSION, ROOT, GETATTR),
  () => four('CLONE', 2, ROOT, u32(32), u32(71)),
  () => four('GETATTR', 9, ROOT, GETATTR),
  () => four('ILLEGAL (200)', 0, ROOT, u32(200)),
  () => ({ program: 100227, version: 3, procedure: 0 }),
];
const OVER_UDP = CALLS.filter((call) => !call(0, { root: '', file: '' }).fragment).slice(0, 17);

async function run(link, calls, total, handles) {
  let next = 0;
  const lane = async () => {
    while (next < total) {
      const n = next++;
      await exchange(link, calls[n % calls.length](n, handles));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  link.end();
}

/** RFC 1813 5.2.1: MNT gives the handle of the export. */
async function mount() {
  const link = new Tcp(Number(mountPort));
  const results = await exchange(link, { program: 100005, version: 3, procedure: 1, args: opaque(exported) });
  link.end();
  return results.subarray(8, 8 + results.readUInt32BE(4));
}

const root = await mount();
const link = new Tcp(NFS_PORT);
const found = await exchange(link, three(3, 'LOOKUP', opaque(root), opaque('large')));
const file = Buffer.from(found.subarray(8, 8 + found.readUInt32BE(4)));
link.end();
await Promise.all([
  run(new Tcp(NFS_PORT), CALLS, Number(count), { root, file }),
  run(new Tcp(NFS_PORT), [...CALLS].reverse(), Number(count), { root, file }),
  run(new Udp(), OVER_UDP, Number(count), { root, file }),
]);
