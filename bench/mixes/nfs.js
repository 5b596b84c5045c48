/** NFS over TCP: calls of version 3, and compounds of version 4; some fail. */

import { be, join, noise } from '../bytes.js';
import { NUMBER } from '../template.js';
import { pair, tcpMix } from './mix.js';

const LAST = 0x80000000;
const SYS = 1;
const opaque = (bytes) => join(be(4, bytes.length), bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4));
const text = (value) => opaque(Buffer.from(value, 'latin1'));
const mark = (body) => join(be(4, LAST + body.length), body);
const credentials = join(be(4, 1), text('web-1'), be(4, 1000), be(4, 1000), be(4, 1), be(4, 1000));
const handle = opaque(noise(28, 3));

let calls = 0;

/** A call of program 100003 and its accepted reply. */
function call(version, procedure, body, answer) {
  const xid = join(calls++, NUMBER);
  const head = [xid, be(4, 0), be(4, 2), be(4, 100_003), be(4, version), be(4, procedure)];
  const request = join(head, be(4, SYS), opaque(credentials), be(8, 0), body);
  return pair(mark(request), mark(join(xid, be(4, 1), be(4, 0), be(8, 0), be(4, 0), answer)));
}

const V3 = { getattr: 1, lookup: 3, access: 4, read: 6, write: 7, create: 8, remove: 12, readdirplus: 17 };
/** type, mode, links, owner, sizes, times. */
const attributes = join(be(4, 1), be(4, 0o644), be(4, 1), noise(72, 9));
const file = join(be(4, 1), attributes);
const none = be(4, 0);
const data = (size) => opaque(noise(size, size));
const read = (size) =>
  call(3, V3.read, [handle, be(8, 0), be(4, size)], [be(4, 0), file, be(4, size), be(4, 1), data(size)]);
const write = (size) =>
  call(
    3,
    V3.write,
    [handle, be(8, 0), be(4, size), be(4, 2), data(size)],
    [be(4, 0), none, file, be(4, size), be(4, 2), be(8, 7)],
  );

const version3 = [
  call(3, V3.getattr, handle, [be(4, 0), attributes]),
  call(3, V3.lookup, [handle, text('file-00000000.txt')], [be(4, 0), handle, file, file]),
  call(3, V3.access, [handle, be(4, 31)], [be(4, 0), file, be(4, 31)]),
  ...[512, 4096].map(read),
  ...[300, 4096].map(write),
  call(
    3,
    V3.create,
    [handle, text('new-00000000.txt'), be(4, 1), Buffer.alloc(24)],
    [be(4, 0), be(4, 1), handle, file, none, file],
  ),
  call(3, V3.lookup, [handle, text('gone-00000000.txt')], [be(4, 2), file]),
  call(3, V3.remove, [handle, text('old-00000000.txt')], [be(4, 13), none, file]),
];

const OP = { access: 3, close: 4, getattr: 9, getfh: 10, lookup: 15, open: 18, putfh: 22, read: 25 };
const state = noise(16, 5);
const bitmap = join(be(4, 2), be(4, 0x0010011a), be(4, 0x00b0a23a));
const answered = (op, ...parts) => [be(4, op), be(4, 0), parts];
const compound = (operations, status, results) =>
  call(
    4,
    1,
    [text(''), be(4, 0), be(4, operations.length), operations],
    [be(4, status), text(''), be(4, results.length), results],
  );
const putfh = [be(4, OP.putfh), handle];
const getattr = [be(4, OP.getattr), bitmap];
const attributed = answered(OP.getattr, bitmap, opaque(noise(120, 8)));
const lookup = (name) => [be(4, OP.lookup), text(name)];

const version4 = [
  compound([putfh, getattr], 0, [answered(OP.putfh), attributed]),
  compound([putfh, lookup('file-00000000.txt'), [be(4, OP.getfh)], getattr], 0, [
    answered(OP.putfh),
    answered(OP.lookup),
    answered(OP.getfh, handle),
    attributed,
  ]),
  compound([putfh, [be(4, OP.access), be(4, 31)], getattr], 0, [
    answered(OP.putfh),
    answered(OP.access, be(4, 31), be(4, 31)),
    attributed,
  ]),
  compound([putfh, [be(4, OP.read), state, be(8, 0), be(4, 2048)]], 0, [
    answered(OP.putfh),
    answered(OP.read, be(4, 1), data(2048)),
  ]),
  compound([putfh, [be(4, OP.close), be(4, 1), state], getattr], 0, [
    answered(OP.putfh),
    answered(OP.close, state),
    attributed,
  ]),
  compound([putfh, lookup('gone-00000000.txt')], 2, [answered(OP.putfh), [be(4, OP.lookup), be(4, 2)]]),
];

export const nfs = tcpMix({
  name: 'm5-nfs',
  about: 'NFS over TCP, version 3 and compounds of version 4, reads and writes of up to 4 KB, some failing',
  protocol: 'nfs',
  port: 2049,
  rounds: [...version3, ...version4],
});
