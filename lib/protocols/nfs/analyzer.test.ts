import { describe, expect, it } from 'vitest';
import { cut, TestSession } from '../../../test/support/session.js';
import { nfs } from './analyzer.js';

const u32 = (...numbers: number[]): Buffer => {
  const bytes = Buffer.alloc(numbers.length * 4);
  numbers.forEach((n, i) => {
    bytes.writeUInt32BE(n >>> 0, i * 4);
  });
  return bytes;
};
const opaque = (value: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([u32(bytes.length), bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
};
const join = (...parts: Uint8Array[]): Buffer => Buffer.concat(parts);
const NONE = u32(0, 0);
const unix = (machine = 'ani', gids = [500, 4294967294]): Buffer =>
  join(u32(1), opaque(join(u32(7), opaque(machine), u32(501, 502, gids.length, ...gids))), NONE);
/** RPCSEC_GSS: procedure and service. */
const gss = (control: number, service: number): Buffer =>
  join(u32(6), opaque(join(u32(1, control, 1, service), opaque('handle!'))), u32(6), opaque('checksum'));

interface Options {
  readonly auth?: Buffer;
  readonly program?: number;
  readonly args?: Uint8Array;
}
const call = (xid: number, version: number, procedure: number, o: Options = {}): Buffer =>
  join(u32(xid, 0, 2, o.program ?? 100003, version, procedure), o.auth ?? unix(), o.args ?? Buffer.alloc(0));
const reply = (xid: number, ...results: number[]): Buffer => u32(xid, 1, 0, 0, 0, ...results);
const record = (message: Uint8Array): Buffer => join(u32(0x80000000 + message.length), message);
/** The same in fragments of `size` bytes. */
const fragments = (message: Uint8Array, size: number): Buffer => {
  const parts: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    parts.push(u32((at + size >= message.length ? 0x80000000 : 0) + part.length), Buffer.from(part));
  }
  return join(...parts);
};

const SEQUENCE = u32(53, 1, 2, 3, 4, 5, 6, 7, 0);
const PUTFH = join(u32(22), opaque('file handle'));
const GETATTR = u32(9, 2, 0x10011a, 0xb0a23a);
const compound = (xid: number, operations: readonly Uint8Array[], tag = '', minor = 1): Buffer =>
  call(xid, 4, 1, { args: join(opaque(tag), u32(minor, operations.length), ...operations) });

/** Calls and replies in records. */
function events(exchanges: readonly (readonly [Buffer, Buffer])[]) {
  const t = new TestSession(nfs);
  for (const [request, response] of exchanges) t.client(record(request)).server(record(response));
  return t.events();
}

describe('one exchange', () => {
  it('has procedure, caller, status, sizes and times', () => {
    const t = new TestSession(nfs);
    const request = call(0xc3103fc1, 3, 6, { args: u32(4, 1, 0, 0, 0, 4096) });
    t.client(record(request));
    t.nanoseconds = 830_000;
    t.server(record(reply(0xc3103fc1, 0, 0, 1)));
    expect(t.events()).toEqual([
      {
        type: 'nfs',
        status: 'OK',
        start: 1_000_000,
        end: 1_000_000.00083,
        'source.bytes': request.length,
        'destination.bytes': 32,
        'event.action': 'nfs.READ',
        'network.protocol': 'nfsv3',
        'nfs.version': 3,
        'nfs.opcode': 'READ',
        'nfs.status': 'NFS_OK',
        'rpc.xid': 'c3103fc1',
        'rpc.status': 'success',
        'rpc.auth_flavor': 'unix',
        'rpc.cred.stamp': 7,
        'rpc.cred.machinename': 'ani',
        'rpc.cred.uid': 501,
        'rpc.cred.gid': 502,
        'rpc.cred.gids': [500, 4294967294],
        'user.id': 501,
        'group.id': 502,
        'host.hostname': 'ani',
        'source.domain': 'ani',
      },
    ]);
  });

  it.each([
    [2, 6, 'READ', 'nfs'],
    [2, 13, 'SYMLINK', 'nfs'],
    [3, 0, 'NULL', 'nfsv3'],
    [3, 10, 'SYM_LINK', 'nfsv3'],
    [3, 21, 'COMMIT', 'nfsv3'],
    [3, 22, 'ILLEGAL', 'nfsv3'],
    [4, 0, 'NULL', 'nfsv4'],
    [5, 1, 'GETATTR', 'nfs'],
  ])('knows version %i procedure %i', (version, procedure, opcode, protocol) => {
    const [event] = events([[call(1, version, procedure), reply(1, 0, 0)]]);
    expect(event).toMatchObject({
      'nfs.version': version,
      'nfs.opcode': opcode,
      'event.action': `nfs.${opcode}`,
      'network.protocol': protocol,
      'nfs.status': 'NFS_OK',
    });
  });

  it.each<[string, Buffer[]]>([
    ['READDIR', [SEQUENCE, PUTFH, u32(26, 0, 0), GETATTR]],
    ['GETATTR', [PUTFH, GETATTR]],
    ['OPEN', [PUTFH, u32(18, 0), u32(9)]],
    ['LOOKUP', [u32(24), join(u32(15), opaque('name'))]],
    ['GETFH', [u32(23), u32(16), u32(32), u32(31), u32(10)]],
    ['VERIFY', [PUTFH, join(u32(37, 1, 2), opaque('attributes'))]],
    ['NVERIFY', [PUTFH, join(u32(17, 1, 2), opaque('attributes'))]],
    ['SECINFO', [PUTFH, join(u32(33), opaque('x'))]],
    ['RENEW', [u32(30, 1, 2)]],
    ['CLONE', [SEQUENCE, PUTFH, u32(32), PUTFH, u32(71)]],
    ['REMOVEXATTR', [SEQUENCE, PUTFH, u32(75)]],
    ['SEQUENCE', [SEQUENCE]],
    ['ILLEGAL', []],
    ['ILLEGAL', [u32(10044)]],
    ['ILLEGAL (76)', [PUTFH, u32(76)]],
    ['ILLEGAL (4294967295)', [u32(0xffffffff)]],
  ])('finds the main operation %s', (opcode, operations) => {
    const [event] = events([[compound(1, operations, 'a tag', 2), reply(1, 0, 0)]]);
    expect(event).toMatchObject({
      'nfs.opcode': opcode,
      'event.action': `nfs.${opcode}`,
      'nfs.tag': 'a tag',
      'nfs.minor_version': 2,
    });
  });

  it.each([
    ['none', NONE, {}],
    ['rpcsec_gss', gss(0, 1), { 'nfs.opcode': 'ACCESS' }],
    ['unknown (390004)', join(u32(390004), opaque('x')), {}],
  ])('knows the credentials %s', (flavor, auth, more) => {
    const [event] = events([
      [call(1, 3, 4, { auth: flavor === 'rpcsec_gss' ? auth : join(auth, NONE) }), reply(1, 0, 0)],
    ]);
    expect(event).toMatchObject({ 'rpc.auth_flavor': flavor, ...more });
    expect(event).not.toHaveProperty(['rpc.cred.uid']);
    expect(JSON.stringify(event)).not.toMatch(/handle|checksum/);
  });

  it('reads through the integrity of RPCSEC_GSS and not into its privacy', () => {
    const args = join(opaque('tag'), u32(2, 2), PUTFH, u32(25));
    const [whole, hidden, control] = events([
      [call(1, 4, 1, { auth: gss(0, 2), args: join(u32(100, 9), args) }), reply(1, 0, 100, 9, 13)],
      [call(2, 4, 1, { auth: gss(0, 3), args: opaque('encrypted') }), reply(2, 0, 12, 0x12345678)],
      [call(3, 4, 0, { auth: gss(1, 1), args: opaque('token') }), reply(3, 0, 6)],
    ]);
    expect(whole).toMatchObject({ 'nfs.opcode': 'READ', 'nfs.tag': 'tag', 'nfs.status': 'NFSERR_ACCESS' });
    expect(hidden).toMatchObject({ 'nfs.opcode': 'COMPOUND', status: 'OK' });
    expect(hidden).not.toHaveProperty(['nfs.status']);
    expect(control).toMatchObject({ 'nfs.opcode': 'NULL', 'nfs.status': 'NFS_OK' });
  });

  it('names a machine without a name by its address', () => {
    const four = new TestSession(nfs, {}, { reversed: true });
    four.client(record(call(1, 3, 0, { auth: unix('', []) }))).server(record(reply(1, 0)));
    expect(four.events()[0]).toMatchObject({
      'rpc.cred.machinename': '10.0.0.1',
      'host.hostname': '10.0.0.1',
      'rpc.cred.gids': [],
      swapped: true,
    });
    expect(four.events()[0]).not.toHaveProperty(['source.domain']);
  });
});

describe('failures', () => {
  it.each([
    [2, 'NFSERR_NOENT'],
    [10004, 'NFSERR_NOTSUPP'],
    [10008, 'NFSERR_DELAY'],
    [10096, 'NFSERR_XATTR2BIG'],
    [10097, 'NFSERR (10097)'],
    [3, 'NFSERR (3)'],
    [4294967295, 'NFSERR (4294967295)'],
  ])('knows the status %i', (status, name) => {
    const [event] = events([[call(1, 3, 1), reply(1, 0, status)]]);
    expect(event).toMatchObject({
      status: 'Error',
      'event.outcome': 'failure',
      'rpc.status': 'success',
      'nfs.status': name,
    });
  });

  it.each<[string, string | undefined, Buffer]>([
    ['prog_unavail', undefined, reply(1, 1)],
    ['prog_mismatch', undefined, reply(1, 2, 3, 4)],
    ['proc_unavail', undefined, reply(1, 3)],
    ['garbage_args', undefined, reply(1, 4)],
    ['system_err', undefined, reply(1, 5)],
    ['rpc_mismatch', undefined, u32(1, 1, 1, 0, 2, 2)],
    ['auth_error', 'AUTH_TOOWEAK', u32(1, 1, 1, 1, 5)],
    ['auth_error', 'RPCSEC_GSS_CTXPROBLEM', u32(1, 1, 1, 1, 14)],
    ['auth_error', undefined, u32(1, 1, 1, 1, 99)],
  ])('knows the refusal %s, %s', (status, message, response) => {
    const [event] = events([[call(1, 3, 1), response]]);
    expect(event).toMatchObject({ status: 'Error', 'event.outcome': 'failure', 'rpc.status': status });
    expect(event!['error.message']).toBe(message);
    expect(event).not.toHaveProperty(['nfs.status']);
  });
});

describe('pairing', () => {
  it('pairs by xid, whatever the order', () => {
    const t = new TestSession(nfs);
    for (const xid of [1, 2, 3]) t.client(record(call(xid, 3, xid)));
    for (const xid of [3, 1, 2]) t.server(record(reply(xid, 0, 0)));
    expect(t.events().map((e) => [e['rpc.xid'], e['nfs.opcode']])).toEqual([
      ['00000003', 'LOOKUP'],
      ['00000001', 'GETATTR'],
      ['00000002', 'SETATTR'],
    ]);
  });

  it('takes a call sent again as the same exchange, and its second reply', () => {
    const t = new TestSession(nfs, {}, { transport: 'udp' });
    t.client(call(1, 3, 1))
      .wait(1)
      .client(call(1, 3, 1))
      .server(reply(1, 0, 0))
      .server(reply(1, 0, 0));
    t.server(reply(1, 0, 0));
    expect(t.events().map((e) => [e.status, e.start, e['error.message']])).toEqual([
      ['OK', 1_000_000, undefined],
      ['Error', undefined, 'Unmatched response'],
    ]);
    expect(t.counters.snapshot()).toMatchObject({
      'nfs.call.retransmitted': 1,
      'nfs.unmatched_responses': 1,
    });
  });

  it('counts other programs only', () => {
    const t = new TestSession(nfs);
    t.client(record(call(1, 3, 1, { program: 100227 }))).server(record(reply(1, 0, 0)));
    t.server(record(call(2, 1, 1, { program: 0x40000000 }))).client(record(reply(2, 0, 0)));
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()).toMatchObject({ 'nfs.call.foreign': 2, 'nfs.unmatched_responses': 0 });
  });

  it('reports what stays unanswered as Packetbeat does, and what nobody asked', () => {
    const t = new TestSession(nfs);
    t.client(record(call(1, 3, 1))).wait(61);
    t.client(record(call(2, 3, 2)))
      .server(record(reply(9, 0, 0)))
      .end();
    expect(t.events().map((e) => [e['rpc.xid'], e.status, e['error.message'], e['rpc.status']])).toEqual([
      ['00000001', 'NO_REPLY', undefined, undefined],
      ['00000009', 'Error', 'Unmatched response', 'success'],
      ['00000002', 'NO_REPLY', undefined, undefined],
    ]);
    expect(t.counters.snapshot()).toMatchObject({
      'nfs.unmatched_requests': 2,
      'nfs.unmatched_responses': 1,
    });
    expect(t.rows.open).toBe(0);
  });

  it('pushes the oldest out past the limit', () => {
    const t = new TestSession(nfs);
    for (let xid = 0; xid < 1026; xid++) t.client(record(call(xid, 3, 1)));
    expect(t.events().map((e) => e['rpc.xid'])).toEqual(['00000000', '00000001']);
  });

  it('finds NFS on other ports, in records and datagrams', () => {
    for (const transport of ['tcp', 'udp'] as const) {
      const wrap = transport === 'tcp' ? record : (message: Buffer) => message;
      const t = new TestSession(nfs, {}, { detect: true, transport, reversed: transport === 'tcp' });
      t.client(wrap(call(1, 4, 0))).server(wrap(reply(1, 0)));
      expect(t.events()).toMatchObject([{ 'nfs.opcode': 'NULL', status: 'OK' }]);
    }
  });

  it.each([
    'GET / HTTP/1.1\r\n\r\n',
    '*1\r\n$4\r\nPING\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    '\x80\x01\x00\x01\x00\x00\x00\x04ping\x00\x00\x00\x00\x00',
    '\x00\x1d\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www',
    record(call(1, 3, 1, { program: 100005 })),
  ])('leaves %j to others', (first) => {
    const t = new TestSession(nfs, {}, { detect: true });
    t.client(first)
      .client(record(call(1, 3, 1)))
      .server(record(reply(1, 0, 0)));
    expect(t.events()).toEqual([]);
  });
});

describe('records', () => {
  const read = join(reply(3, 0, 0), Buffer.alloc(40_000, 7));
  const write = call(4, 3, 7, { args: Buffer.alloc(30_000, 9) });
  const calls = [
    call(1, 3, 1),
    compound(2, [SEQUENCE, PUTFH, u32(26), GETATTR], 'tag'),
    call(3, 3, 6),
    write,
    call(5, 3, 1),
  ];
  const replies = [reply(1, 0, 0), reply(2, 0, 13), read, reply(4, 0, 0), reply(5, 0, 70)];

  it.each<[string, (message: Buffer) => Buffer]>([
    ['one fragment', record],
    ['fragments of 4 bytes', (m) => fragments(m, 4)],
    ['fragments of 11 bytes', (m) => fragments(m, 11)],
    ['fragments of 1000 bytes', (m) => fragments(m, 1000)],
  ])('gives the same events in %s and pieces of any size', (_, wrap) => {
    const whole = events(calls.map((c, i) => [c, replies[i]!] as const));
    expect(
      whole.map((e) => [e['nfs.opcode'], e['nfs.status'], e['source.bytes'], e['destination.bytes']]),
    ).toEqual([
      ['GETATTR', 'NFS_OK', calls[0]!.length, 24 + 4],
      ['READDIR', 'NFSERR_ACCESS', calls[1]!.length, 28],
      ['READ', 'NFS_OK', calls[2]!.length, read.length],
      ['WRITE', 'NFS_OK', write.length, 28],
      ['GETATTR', 'NFSERR_STALE', calls[4]!.length, 28],
    ]);
    const [stream, answers] = [join(...calls.map(wrap)), join(...replies.map(wrap))];
    for (const size of [1448, 7, 0]) {
      const t = new TestSession(nfs);
      feed(t, 0, stream, size);
      feed(t, 1, answers, size);
      expect(t.events()).toEqual(whole);
      expect(t.rows.open).toBe(0);
    }
  });

  /** Sends a stream in pieces, those that the session asked to skip left out as the engine does. */
  function feed(t: TestSession, dir: 0 | 1, stream: Buffer, size: number): void {
    let sent = 0;
    for (const piece of cut(stream, size)) {
      const skips = t.commands.filter((c) => c.dir === dir);
      const target = skips.length > 0 ? skips[skips.length - 1]!.value : 0;
      if (target >= sent + piece.length) t.jump(dir, piece.length);
      else t.send(dir, piece);
      sent += piece.length;
    }
  }

  it('gives the same events or fewer when cut at any byte', () => {
    const short = [reply(1, 0, 0), reply(2, 0, 13), reply(3, 0, 0)].map(record);
    const requests = join(...calls.slice(0, 3).map(record));
    const answers = join(...short);
    const whole = new TestSession(nfs).client(requests).server(answers).events();
    expect(whole.length).toBe(3);
    for (let at = 0; at <= answers.length; at++) {
      const t = new TestSession(nfs).client(requests);
      if (at > 0) t.server(answers.subarray(0, at));
      expect(t.events()).toEqual(whole.slice(0, t.events().length));
    }
    for (let at = 1; at <= requests.length; at++) {
      const t = new TestSession(nfs).client(requests.subarray(0, at)).end();
      expect(t.events().every((e) => e.status === 'NO_REPLY')).toBe(true);
      expect(t.rows.open).toBe(0);
    }
  });

  it('skips what it does not look at, and a gap inside that', () => {
    const t = new TestSession(nfs).client(record(calls[2]!));
    t.server(record(read).subarray(0, 2000));
    expect(t.commands).toMatchObject([{ command: 3, dir: 1, value: read.length + 4 }]);
    t.gap(1, read.length + 4 - 2000)
      .client(record(calls[0]!))
      .server(record(replies[0]!));
    expect(t.events().map((e) => e['nfs.opcode'])).toEqual(['READ', 'GETATTR']);
    expect(t.counters.snapshot()['nfs.stream.lost']).toBe(0);
  });

  it('reads on after a gap, wherever it is', () => {
    const stream = join(...[calls[0]!, calls[1]!, calls[2]!].map(record));
    for (let at = 0; at < stream.length - 40; at += 3) {
      const t = new TestSession(nfs);
      if (at > 0) t.client(stream.subarray(0, at));
      t.gap(0, 40)
        .client(stream.subarray(at + 40))
        .client(record(call(8, 3, 4)));
      t.server(join(u32(0x80000000 + 28), reply(8, 0, 0)));
      expect(t.events()).toMatchObject([{ 'nfs.opcode': 'ACCESS', status: 'OK' }]);
    }
  });

  it('finds the replies after a gap among them', () => {
    const t = new TestSession(nfs).client(join(...calls.map(record)));
    t.server(record(replies[0]!)).gap(1, 32);
    t.server(Buffer.alloc(100)).server(record(replies[3]!)).server(record(replies[4]!)).end();
    expect(t.events().map((e) => [e['rpc.xid'], e.status])).toEqual([
      ['00000001', 'OK'],
      ['00000004', 'OK'],
      ['00000005', 'Error'],
      ['00000002', 'NO_REPLY'],
      ['00000003', 'NO_REPLY'],
    ]);
  });

  it('finds its place in the middle of a stream', () => {
    const t = new TestSession(nfs).client(write.subarray(100, 5000)).client(record(calls[0]!));
    t.server(record(replies[0]!));
    expect(t.events()).toMatchObject([{ 'nfs.opcode': 'GETATTR', status: 'OK' }]);
  });

  it.each<[string, Buffer]>([
    ['a record longer than any', u32(0xffffffff, 1, 0)],
    ['an empty fragment', u32(0, 0, 0)],
    ['a message of no type', record(u32(1, 2, 3, 4))],
    ['another version of RPC', record(u32(1, 0, 3, 100003, 3, 1))],
    ['a record of four bytes', record(u32(1))],
    ['credentials longer than their record', record(u32(1, 0, 2, 100003, 3, 1, 1, 0xffffffff))],
    [
      'a machine longer than the credentials',
      record(u32(1, 0, 2, 100003, 3, 1, 1, 16, 0, 0xfffffff0, 0, 0, 0, 0)),
    ],
    ['more groups than credentials', record(u32(1, 0, 2, 100003, 3, 1, 1, 20, 0, 0, 0, 0, 0x7fffffff, 0, 0))],
    ['a tag longer than its record', record(call(1, 4, 1, { args: u32(0xffffffff) }))],
    ['a handle longer than its record', record(compound(1, [u32(22, 0xfffffffe)]))],
    ['a verifier longer than any', record(u32(1, 1, 0, 0, 0xffffffff))],
    ['fragments without end', join(...Array.from({ length: 5000 }, () => u32(4, 0)))],
  ])('reads on behind %s', (_, bad) => {
    const t = new TestSession(nfs).client(bad).client(record(call(7, 3, 1)));
    if (t.events().length === 0) t.client(join(u32(0x80000000 + 4, 0), record(call(8, 3, 4))));
    t.end();
    expect(t.events().some((e) => e['nfs.opcode'] === 'GETATTR' || e['nfs.opcode'] === 'ACCESS')).toBe(true);
    expect(t.rows.open).toBe(0);
  });

  it('looks at a bounded number of operations', () => {
    const [event] = events([
      [
        compound(
          1,
          Array.from({ length: 2000 }, () => u32(10)),
        ),
        reply(1, 0, 0),
      ],
    ]);
    expect(event).toMatchObject({ 'nfs.opcode': 'GETFH' });
  });

  it('gives up what holds no record', () => {
    const t = new TestSession(nfs);
    for (let i = 0; i < 1100; i++) t.client('x'.repeat(1000));
    expect(t.counters.snapshot()['nfs.session.dropped']).toBe(1);
  });
});

describe('datagrams', () => {
  it('are messages without marks', () => {
    const t = new TestSession(nfs, {}, { transport: 'udp' });
    t.client(call(1, 3, 1))
      .server(reply(1, 0, 0))
      .client('junk')
      .client(call(2, 3, 1).subarray(0, 30));
    expect(t.events()).toMatchObject([
      { 'nfs.opcode': 'GETATTR', status: 'OK', 'source.bytes': call(1, 3, 1).length },
    ]);
    expect(t.counters.snapshot()['nfs.message.malformed']).toBe(2);
  });
});
