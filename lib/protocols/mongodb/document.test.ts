/** BSON as text: every type, nesting, secrets. */
import { BSON } from 'mongodb';
import { describe, expect, it } from 'vitest';
import * as wire from '../../../test/support/mongodb-wire.js';
import { TestSession } from '../../../test/support/session.js';
import { mongodb } from './analyzer.js';
import { MAX_DEPTH } from './document.js';

const {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} = BSON;

/** The answer as it is shown. */
function shown(document: Buffer | Record<string, unknown>, options = {}): string {
  const body = Buffer.isBuffer(document) ? document : wire.bson(document);
  const t = new TestSession(mongodb, { send_response: true, max_doc_length: 0, ...options });
  t.client(wire.msg({ x: 1, $db: 'd' }));
  t.server(wire.message(2013, Buffer.concat([wire.i32(0), Buffer.from([0]), body]), { to: 1 }));
  const [event] = t.events();
  return event!.response;
}

/** A document of one element, by its bytes. */
const raw = (type: number, value: Buffer) =>
  Buffer.concat([wire.i32(4 + 3 + value.length + 1), Buffer.from([type, 0x76, 0]), value, Buffer.from([0])]);

describe('BSON as text', () => {
  it.each([
    [1.5, '1.5'],
    [new Double(3), '3'],
    [new Double(-0), '-0'],
    [1e21, '1e+21'],
    [1e-7, '1e-7'],
    [new Double(Number.NaN), '{"$numberDouble":"NaN"}'],
    [new Double(Number.NEGATIVE_INFINITY), '{"$numberDouble":"-Infinity"}'],
    ['a "b" \\ \n\t\r\u0007 ü 😀', '"a \\"b\\" \\\\ \\n\\t\\r\\u0007 ü 😀"'],
    ['', '""'],
    [{ a: { b: [] }, c: {} }, '{"a":{"b":[]},"c":{}}'],
    [[1, [2, { x: null }], 'z'], '[1,[2,{"x":null}],"z"]'],
    [new Binary(Buffer.from('any carnal pleas'), 0), '{"Subtype":0,"Data":"YW55IGNhcm5hbCBwbGVhcw=="}'],
    [new Binary(Buffer.alloc(0), 4), '{"Subtype":4,"Data":""}'],
    [new Binary(Buffer.from('abc'), 2), '{"Subtype":2,"Data":"YWJj"}'],
    [new ObjectId('55b0f4dcb643765eb250bef1'), '"55b0f4dcb643765eb250bef1"'],
    [true, 'true'],
    [false, 'false'],
    [new Date('2015-05-04T12:44:33.509Z'), '"2015-05-04T12:44:33.509Z"'],
    [new Date('2015-05-04T12:44:33.340Z'), '"2015-05-04T12:44:33.34Z"'],
    [new Date('2015-05-04T12:44:30.000Z'), '"2015-05-04T12:44:30Z"'],
    [new Date(-1), '"1969-12-31T23:59:59.999Z"'],
    [new Date(253_402_300_800_000), '{"$date":{"$numberLong":"253402300800000"}}'],
    [null, 'null'],
    [new BSONRegExp('a"b', 'im'), '{"Pattern":"a\\"b","Options":"im"}'],
    [new Code('f()'), '"f()"'],
    [new Code('f(x)', { x: { y: 1 } }), '{"Code":"f(x)","Scope":{"x":{"y":1}}}'],
    [new BSONSymbol('s'), '"s"'],
    [new Int32(-2147483648), '-2147483648'],
    [new Timestamp({ t: 1550768363, i: 4294967295 }), '{"T":1550768363,"I":4294967295}'],
    [Long.fromString('9223372036854775807'), '9223372036854775807'],
    [Long.fromString('-9223372036854775808'), '-9223372036854775808'],
    [Long.fromNumber(-9007199254740991), '-9007199254740991'],
    [new MinKey(), '{}'],
    [new MaxKey(), '{}'],
  ])('writes %j', (value, text) => {
    expect(shown({ v: value, w: 1 })).toBe(`{"v":${text},"w":1}`);
  });

  it('writes types that drivers write no more', () => {
    const pointer = Buffer.concat([
      wire.i32(5),
      wire.zero('d.cc'),
      Buffer.from('55b0f4dcb643765eb250bef1', 'hex'),
    ]);
    expect(shown(raw(0x0c, pointer))).toBe('{"v":{"DB":"d.cc","Pointer":"55b0f4dcb643765eb250bef1"}}');
    expect(shown(raw(0x06, Buffer.alloc(0)))).toBe('{"v":{}}');
  });

  it.each(
    [
      '0',
      '-0',
      '1',
      '-1.5',
      '0.001',
      '1E+3',
      '1.23E-7',
      '0.00000123',
      '9.999999999999999999999999999999999E+6144',
    ].concat('NaN', 'Infinity', '-Infinity', '1E-6176', '12345678901234567890123456789012.34'),
  )('writes the decimal %s as its library does', (text) => {
    const value = Decimal128.fromString(text);
    expect(shown({ v: value })).toBe(`{"v":"${value.toString()}"}`);
  });

  it('keeps the order of the wire and takes __proto__ for a name', () => {
    expect(shown({ z: 1, a: 2, ['__proto__']: 3, '': 4 })).toBe('{"z":1,"a":2,"__proto__":3,"":4}');
  });

  it('follows as deep as MongoDB does, and no deeper', () => {
    const nested = (depth: number) => {
      let inner = wire.bson({ v: 1 });
      for (let i = 1; i < depth; i++) inner = raw(3, inner);
      return inner;
    };
    const allowed = shown(nested(MAX_DEPTH));
    expect(allowed).toBe('{"v":'.repeat(MAX_DEPTH) + 1 + '}'.repeat(MAX_DEPTH));
    expect(shown(nested(MAX_DEPTH + 1))).toBe(`${'{"v":'.repeat(MAX_DEPTH)}"[...]"${'}'.repeat(MAX_DEPTH)}`);
    expect(shown(nested(5000)).length).toBeLessThan(1000);
  });

  it('shows the beginning of what is long', () => {
    const text = 'x'.repeat(300_000);
    expect(shown({ a: text, b: 1 }, { max_doc_length: 20 })).toBe('{"a":"xxxxxxxxxxxxxx ...');
    expect(shown({ a: Buffer.alloc(300_000), b: 1 }).length).toBe(65_536);
    expect(shown({ a: new Code(text, { x: 1 }), b: 1 }, { max_doc_length: 30 })).toMatch(
      /^{"a":{"Code":"x+ \.\.\.$/,
    );
  });
});

describe('credentials', () => {
  const SECRET = 'S3cretOfMine';
  const binary = new Binary(Buffer.from(SECRET), 0);
  const encoded = Buffer.from(SECRET).toString('base64').slice(0, 12);

  /** Everything of the exchange as text. */
  function told(request: Buffer, answer: Record<string, unknown> = { ok: 1 }): string {
    const t = new TestSession(mongodb, { send_request: true, send_response: true });
    t.client(request).server(wire.msg(answer, { to: 1 }));
    const all = t.events();
    expect(all.length).toBe(1);
    return JSON.stringify(all);
  }

  it.each([
    [{ saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: binary, $db: 'admin' }],
    [{ saslContinue: 1, conversationId: 1, payload: binary, $db: 'admin' }],
    [{ authenticate: 1, user: 'u', nonce: SECRET, key: SECRET, $db: 'admin' }],
    [{ copydb: 1, fromhost: 'h', nonce: SECRET, key: SECRET, $db: 'admin' }],
    [{ copydbsaslstart: 1, fromhost: 'h', payload: binary, $db: 'admin' }],
    [{ createUser: 'u', pwd: SECRET, roles: [], $db: 'd' }],
    [{ updateUser: 'u', pwd: SECRET, $db: 'd' }],
    [
      {
        hello: 1,
        speculativeAuthenticate: { saslStart: 1, mechanism: 'x', payload: binary, db: 'admin' },
        $db: 'a',
      },
    ],
    [{ insert: 'system.users', documents: [{ user: 'u', pwd: SECRET }], $db: 'd' }],
    [
      {
        insert: 'c',
        documents: [{ a: [{ credentials: { 'SCRAM-SHA-1': { storedKey: SECRET } } }] }],
        $db: 'd',
      },
    ],
    [{ find: 'c', filter: { user: 'u', password: SECRET }, $db: 'd' }],
    [{ setParameter: 1, ldapQueryPassword: SECRET, $db: 'admin' }],
    [{ SASLSTART: 1, payload: binary, $db: 'admin' }],
  ])('are not told: %j', (document) => {
    for (const request of [
      wire.msg(document),
      wire.compressed(wire.msg(document), 'snappy'),
      wire.query('admin.$cmd', document),
      wire.query('admin.$cmd', { $query: document }),
    ]) {
      const text = told(request);
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(encoded);
      expect(text).toContain('xxxxx');
    }
  });

  it('are not told of documents in a sequence, nor by OP_INSERT', () => {
    const sequences = { documents: [{ user: 'u', pwd: SECRET }] };
    const text = told(wire.msg({ insert: 'system.users', $db: 'd' }, { sequences }));
    expect(text).not.toContain(SECRET);
    const t = new TestSession(mongodb, { send_request: true });
    t.client(
      wire.message(
        2002,
        Buffer.concat([wire.i32(0), wire.zero('d.system.users'), wire.bson({ pwd: SECRET })]),
      ),
    );
    expect(JSON.stringify(t.events())).not.toContain(SECRET);
  });

  it.each([
    [
      { saslStart: 1, payload: binary, $db: 'a' },
      { conversationId: 1, payload: binary, done: false, ok: 1 },
    ],
    [
      { hello: 1, $db: 'a' },
      { speculativeAuthenticate: { conversationId: 1, payload: binary }, ok: 1 },
    ],
    [
      { usersInfo: 'u', $db: 'a' },
      { users: [{ credentials: { x: { storedKey: SECRET } } }], ok: 1 },
    ],
    [
      { getnonce: 1, $db: 'a' },
      { nonce: SECRET, ok: 1 },
    ],
  ])('are not told of the answer to %j', (document, answer) => {
    const text = told(wire.msg(document), answer);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(encoded);
    expect(text).toContain('"response"');
  });

  it('leave other data with such names alone', () => {
    const text = told(wire.msg({ find: 'c', filter: { key: 'shown1' }, $db: 'd' }), {
      payload: 'shown2',
      ok: 1,
    });
    expect(text).toContain('shown1');
    expect(text).toContain('shown2');
  });

  it('are not told even when the table of names is full of others', () => {
    const t = new TestSession(mongodb);
    for (let i = 0; i < 600; i++) t.client(wire.msg({ [`x${i}`]: 1, $db: 'd' }, { id: i + 5 }));
    expect(told(wire.msg({ saslStart: 1, payload: binary, $db: 'admin' }))).not.toContain(encoded);
  });
});
