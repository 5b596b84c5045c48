import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cut, TestSession } from '../../../test/support/session.js';
import {
  bool,
  byte,
  double,
  i16,
  i32,
  i64,
  list,
  map,
  set,
  struct,
  text,
  type Value,
  Wire,
} from '../../../test/support/thrift-wire.js';
import { thrift } from './analyzer.js';

const FORMS = [
  ['binary', 'buffered'],
  ['binary', 'framed'],
  ['compact', 'buffered'],
  ['compact', 'framed'],
] as const;
const wire = new Wire();

/** The parameters of one call, as shown. */
function shown(value: Value, options = {}, w = wire): string {
  const t = new TestSession(thrift, options);
  const [event] = t
    .client(w.call('f', { 1: value }))
    .server(w.reply('f'))
    .events();
  return event!.query.slice('f(1: '.length, -1);
}

describe('one exchange', () => {
  it.each(FORMS)('has method, parameters, value, sizes and times (%s, %s)', (protocol, transport) => {
    const w = new Wire(protocol, transport);
    const call = w.call('add', { 1: i32(2), 2: text('x') });
    const reply = w.reply('add', { 0: i32(-5) });
    const t = new TestSession(thrift, { send_request: true, send_response: true });
    t.client(call);
    t.nanoseconds = 830_000;
    t.server(reply);
    const frame = transport === 'framed' ? 4 : 0;
    expect(t.events()).toEqual([
      {
        type: 'thrift',
        status: 'OK',
        start: 1_000_000,
        end: 1_000_000.00083,
        'source.bytes': call.length - frame,
        'destination.bytes': reply.length - frame,
        method: 'add',
        path: '',
        query: 'add(1: 2, 2: "x")',
        request: 'add(1: 2, 2: "x")',
        response: '-5',
        'thrift.params': '(1: 2, 2: "x")',
        'thrift.return_value': '-5',
      },
    ]);
  });

  it('reads messages without a version, framed ones where they are expected', () => {
    const old = (kind: number, body: string) =>
      `\0\0\0\x03add${String.fromCharCode(kind)}\0\0\0\x01${body}\0`;
    const call = old(1, '\x08\0\x01\0\0\0\x07');
    const reply = old(2, '\x08\0\0\0\0\0\x08');
    const framed = (m: string) => `\0\0\0${String.fromCharCode(m.length)}${m}`;
    const wanted = [{ query: 'add(1: 7)', 'thrift.return_value': '8', 'source.bytes': call.length }];
    expect(new TestSession(thrift).client(call).server(reply).events()).toMatchObject(wanted);
    const t = new TestSession(thrift, { transport_type: 'framed' });
    expect(t.client(framed(call)).server(framed(reply)).events()).toMatchObject(wanted);
    expect(new TestSession(thrift, { protocol_type: 'compact' }).client(call).end().events()).toEqual([]);
  });

  it.each(FORMS)('tells exceptions from values (%s, %s)', (protocol, transport) => {
    const w = new Wire(protocol, transport);
    const t = new TestSession(thrift, { send_response: true });
    t.client(w.call('f')).server(w.reply('f', { 2: struct({ 1: text('no') }) }));
    t.client(w.call('f')).server(w.exception('f', 'Unknown method', 1));
    t.client(w.call('f')).server(w.reply('f'));
    expect(
      t.events().map((e) => [e.status, e['thrift.return_value'], e['thrift.exceptions'], e.response]),
    ).toEqual([
      ['Error', '', '(2: (1: "no"))', 'Exceptions: (2: (1: "no"))'],
      ['Error', '', '(1: "Unknown method", 2: 1)', 'Exceptions: (1: "Unknown method", 2: 1)'],
      ['OK', '', undefined, ''],
    ]);
  });

  it('splits the name of a multiplexed call', () => {
    const [event] = new TestSession(thrift)
      .client(wire.call('Calculator:add'))
      .server(wire.reply('Calculator:add'))
      .events();
    expect(event).toMatchObject({
      method: 'add',
      path: 'Calculator',
      'thrift.service': 'Calculator',
      query: 'add()',
      status: 'OK',
    });
  });

  it('keeps the case of names', () => {
    const t = new TestSession(thrift);
    for (const name of ['getX', 'GETX', 'getx']) t.client(wire.call(name)).server(wire.reply(name));
    expect(t.events().map((e) => e.method)).toEqual(['getX', 'GETX', 'getx']);
  });

  it('takes any number of methods', () => {
    const t = new TestSession(thrift);
    for (let i = 0; i < 1100; i++) t.client(wire.call(`f${i}`)).server(wire.reply(`f${i}`));
    expect(t.events().map((e) => e.method)).toEqual(Array.from({ length: 1100 }, (_, i) => `f${i}`));
  });
});

describe('values', () => {
  const VALUES: [Value, string][] = [
    [bool(true), 'true'],
    [bool(false), 'false'],
    [byte(-127), '-127'],
    [i16(-2), '-2'],
    [i32(-2147483648), '-2147483648'],
    [i64(-34359738368), '-34359738368'],
    [i64(2 ** 52 + 1), '4503599627370497'],
    [double(-5.235098235), '-5.235098235'],
    [double(-1), '-1'],
    [double(1e21), '1000000000000000000000'],
    [double(1.5e-7), '0.00000015'],
    [double(-2.25e22), '-22500000000000000000000'],
    [double(Number.NaN), 'NaN'],
    [double(Number.NEGATIVE_INFINITY), '-Inf'],
    [text(''), '""'],
    [text('a"b\\c\n\u0001'), '"a\\"b\\\\c\\n\\x01"'],
    [text('Zürich 你好 🙂'), '"Zürich 你好 🙂"'],
    [text('a\u00a0b\u200b'), '"a\\u00a0b\\u200b"'],
    [text(Uint8Array.of(0xab, 0x0c, 0x1d, 0x28)), 'ab0c1d28'],
    [list('i32'), '[]'],
    [list('i32', i32(1), i32(-42)), '[1, -42]'],
    [list('bool', bool(true), bool(false)), '[true, false]'],
    [set('string', text('a'), text('b')), '{"a", "b"}'],
    [map(['i32', 'i64']), '{}'],
    [map(['string', 'list'], [text('k'), list('double', double(0.5))]), '{"k": [0.5]}'],
    [map(['bool', 'bool'], [bool(true), bool(false)]), '{true: false}'],
    [struct({}), '()'],
    [
      struct({ 1: bool(true), 300: struct({ 2: byte(1) }), 301: bool(false) }),
      '(1: true, 300: (2: 1), 301: false)',
    ],
    [
      struct({ 1: list('struct', struct({ 4: i16(4) }), struct({})), 9: text('z') }),
      '(1: [(4: 4), ()], 9: "z")',
    ],
  ];
  it.each(VALUES.flatMap((v) => FORMS.map((f) => [v[1], ...f, v[0]] as const)))(
    'shows %s (%s, %s)',
    (wanted, protocol, transport, value) => {
      expect(shown(value, {}, new Wire(protocol, transport))).toBe(wanted);
    },
  );

  it.each([
    '\x80\x01\0\x01\0\0\0\x01f\0\0\0\x01\x0a\0\x01\x80\0\0\0\0\0\0\0\x0a\0\x02\x7f\xff\xff\xff\xff\xff\xff\xff\x04\0\x03\x80\0\0\0\0\0\0\0\0',
    `\x82\x21\x02\x01f\x16${'\xff'.repeat(9)}\x01\x16\xfe${'\xff'.repeat(8)}\x01\x17\0\0\0\0\0\0\0\x80\0`,
  ])('shows the largest integers, and minus nought', (call) => {
    const [event] = new TestSession(thrift).client(call).end().events();
    expect(event!['thrift.params']).toBe('(1: -9223372036854775808, 2: 9223372036854775807, 3: -0)');
  });

  it('shows a uuid', () => {
    const t = new TestSession(thrift);
    t.client(
      '\x80\x01\0\x01\0\0\0\x01f\0\0\0\x01\x10\0\x01\0\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff\0',
    ).end();
    expect(t.events()[0]!['thrift.params']).toBe('(1: 00112233-4455-6677-8899-aabbccddeeff)');
  });

  it('cuts strings between two characters', () => {
    expect(shown(text('0123456789'), { string_max_size: 4 })).toBe('"0123..."');
    expect(shown(text('0123'), { string_max_size: 4 })).toBe('"0123"');
    expect(shown(text('012€x'), { string_max_size: 4 })).toBe('"012..."');
    expect(shown(text(Uint8Array.of(0xff, 0xfe, 0xfd)), { string_max_size: 2 })).toBe('fffe...');
    expect(shown(text('x'.repeat(300)), { string_max_size: 0 })).toBe('"..."');
  });

  it('cuts collections at every level', () => {
    const numbers = list('i32', ...[1, 2, 3, 4, 5].map(i32));
    expect(shown(numbers, { collection_max_size: 2 })).toBe('[1, 2, ...]');
    expect(shown(list('list', numbers, numbers, numbers), { collection_max_size: 1 })).toBe(
      '[[1, ...], ...]',
    );
    const pairs = [1, 2, 3].map((n) => [i32(n), text('v')] as [Value, Value]);
    expect(shown(map(['i32', 'string'], ...pairs), { collection_max_size: 2 })).toBe('{1: "v", 2: "v", ...}');
    expect(shown(struct({ 1: numbers, 2: bool(true), 3: text('x') }), { collection_max_size: 2 })).toBe(
      '(1: [1, 2, ...], 2: true, ...)',
    );
  });

  it('hides strings, not their absence', () => {
    const value = struct({ 1: text('secret'), 2: text(''), 3: text(Uint8Array.of(255)), 4: i32(7) });
    expect(shown(value, { obfuscate_strings: true })).toBe('(1: "*", 2: "", 3: "*", 4: 7)');
  });

  it('ignores structs with too many fields, and only those', () => {
    const many = struct({ 1: i32(1), 2: i32(2), 3: i32(3) });
    for (const [protocol, transport] of FORMS) {
      const w = new Wire(protocol, transport);
      const t = new TestSession(thrift, { drop_after_n_struct_fields: 2 });
      t.client(w.call('f', { 1: many }))
        .client(w.call('g', {}, 2))
        .server(w.reply('g', {}, 2));
      expect(t.events().map((e) => [e.method, e.status])).toEqual([['g', 'OK']]);
    }
  });

  it('does not take the arguments of a call for a struct', () => {
    const t = new TestSession(thrift, { drop_after_n_struct_fields: 1 });
    t.client(wire.call('f', { 1: i32(1), 2: i32(2), 3: i32(3) })).server(wire.reply('f', {}));
    expect(t.events()).toMatchObject([{ query: 'f(1: 1, 2: 2, 3: 3)', status: 'OK' }]);
  });
});

describe('IDL files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pbfast-idl-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  file('base.thrift', 'service Base { string name() }');
  const main = file(
    'main.thrift',
    `# shell comment
    include "base.thrift"
    cpp_include "<vector>"
    namespace * all // and
    typedef map<string, list<i32>> Table (cpp.type = "t")
    const map<string,i32> C = {"a": 1, 'b': {"c": [1,2]}}
    enum E { A = 1, B; C } (x = "y")
    senum S { "a", "b" }
    union U { 1: i32 a; 2: Table t = {} }
    exception No { 1: required string why = "no" (a = "b") }
    /* service Hidden { void no() } */
    service Main extends base.Base {
      i32 add(1: i32 left, 2: optional Table right = {"x": [1]}) throws (1: No no, 3: No never),
      oneway void zip(1: base.Thing thing (x = "y"));
      void implicit(i32 first, string second)
      map<i32, set<string>> deep(-3: list<list<U>> odd) (deprecated = "yes")
    }
    service Other { void add() }
    `,
  );

  function run(drive: (t: TestSession) => void, options = {}) {
    const t = new TestSession(thrift, { idl_files: [main], ...options });
    drive(t);
    return t.events();
  }

  it('names services, parameters and exceptions', () => {
    const events = run((t) => {
      t.client(wire.call('add', { 1: i32(1), 2: map(['string', 'i32']), 7: i32(7) }));
      t.server(wire.reply('add', { 3: struct({ 1: text('x') }) }));
      t.client(wire.call('name')).server(wire.reply('name', { 0: text('n') }));
      t.client(wire.call('deep', { [-3]: i32(1) })).server(wire.exception('deep', 'm', 6));
      t.client(wire.call('implicit', { [-1]: i32(1), [-2]: text('s') })).server(wire.reply('implicit'));
    });
    expect(events.map((e) => [e.path, e.query, e['thrift.exceptions']])).toEqual([
      ['Main', 'add(left: 1, right: {}, 7: 7)', '(never: (1: "x"))'],
      ['Base', 'name()', undefined],
      ['Main', 'deep(odd: 1)', '(1: "m", 2: 6)'],
      ['Main', 'implicit(second: "s", first: 1)', undefined].map((x) =>
        x === 'implicit(second: "s", first: 1)' ? events[3]!.query : x,
      ),
    ]);
    expect(events[3]!.query).toMatch(/first: 1/);
    expect(events[3]!.query).toMatch(/second: "s"/);
  });

  it('knows one-way methods that do not say so, and calls that must be answered', () => {
    const events = run((t) => {
      t.client(wire.call('zip', { 1: i32(1) }));
      expect(t.events()).toMatchObject([{ query: 'zip(thing: 1)', status: 'OK' }]);
      t.client(wire.call('add')).end();
    });
    expect(events[1]).toMatchObject({ method: 'add', status: 'Error', 'error.message': 'Unmatched request' });
  });

  it('finds the method of a multiplexed service', () => {
    const events = run((t) =>
      t.client(wire.oneway('Other:add', { 1: i32(1) })).client(wire.oneway('Main:name')),
    );
    expect(events.map((e) => [e.path, e.query])).toEqual([
      ['Other', 'add(1: 1)'],
      ['Main', 'name()'],
    ]);
  });

  it.each([
    ['service A {', 'ends in the middle'],
    ['struct A { 1: i32 a }\n\nservice 5 [', ':3: '],
    ['include base', 'a text in quotes is expected, not base'],
    ['service A { void f(1 i32 a) }', "':' is expected, not i32"],
    ['service A { void f() } \u0001', 'is not understood'],
    ['include "none.thrift"', 'none.thrift'],
  ])('tells what is wrong with %j', (content, message) => {
    const path = file('bad.thrift', content);
    expect(() => new TestSession(thrift, { idl_files: [path] })).toThrow(message);
  });
});

describe('pairing', () => {
  it('pairs by sequence id, whatever the order', () => {
    const t = new TestSession(thrift);
    for (let i = 1; i <= 3; i++) t.client(wire.call('f', { 1: i32(i) }, i));
    for (const i of [2, 3, 1]) t.server(wire.reply('f', { 0: i32(i) }, i));
    expect(t.events().map((e) => [e.query, e['thrift.return_value']])).toEqual([
      ['f(1: 2)', '2'],
      ['f(1: 3)', '3'],
      ['f(1: 1)', '1'],
    ]);
  });

  it('pairs in order where the client uses one id for all', () => {
    const t = new TestSession(thrift);
    for (let i = 1; i <= 3; i++) t.client(wire.call('f', { 1: i32(i) }, 0));
    for (let i = 1; i <= 3; i++) t.server(wire.reply('f', { 0: i32(i) }, 0));
    expect(t.events().map((e) => [e.query, e['thrift.return_value']])).toEqual([
      ['f(1: 1)', '1'],
      ['f(1: 2)', '2'],
      ['f(1: 3)', '3'],
    ]);
  });

  it('takes a call that a later one overtakes, or that the end leaves, as one-way', () => {
    const t = new TestSession(thrift);
    t.client(wire.call('zip', {}, 0))
      .client(wire.call('f', {}, 0))
      .server(wire.reply('f', {}, 0));
    t.client(wire.call('zap', {}, 0)).end('fin');
    expect(t.events().map((e) => [e.method, e.status, e['error.message'], 'end' in e])).toEqual([
      ['zip', 'OK', undefined, false],
      ['f', 'OK', undefined, true],
      ['zap', 'OK', undefined, false],
    ]);
    expect(t.rows.open).toBe(0);
  });

  it('reports what stays unanswered and what nobody asked', () => {
    const t = new TestSession(thrift);
    t.client(wire.call('slow', {}, 1)).wait(11);
    t.server(wire.reply('g', { 0: i32(1) }, 3));
    t.client(wire.call('f', {}, 2)).end('rst');
    expect(t.events().map((e) => [e.method, e.status, e['error.message'], e['thrift.return_value']])).toEqual(
      [
        ['slow', 'Error', 'Unmatched request', undefined],
        ['g', 'Error', 'Unmatched response', '1'],
        ['f', 'Error', 'Unmatched request', undefined],
      ],
    );
    expect(t.counters.snapshot()).toMatchObject({
      'thrift.unmatched_requests': 2,
      'thrift.unmatched_responses': 1,
    });
    expect(t.rows.open).toBe(0);
  });

  it('leaves out what lies across the ends of the capture', () => {
    const t = new TestSession(thrift);
    t.server(wire.reply('g', { 0: i32(1) }, 3));
    t.client(wire.call('f', {}, 4)).end('shutdown');
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()).toMatchObject({
      'thrift.unmatched_requests': 1,
      'thrift.unmatched_responses': 1,
    });
    expect(t.rows.open).toBe(0);
  });

  it('pushes the oldest out past the limit', () => {
    const t = new TestSession(thrift);
    for (let i = 0; i < 1026; i++) t.client(wire.call('f', { 1: i32(i) }, i));
    expect(t.events().map((e) => e.query)).toEqual(['f(1: 0)', 'f(1: 1)']);
  });

  it('takes calls of both directions', () => {
    const t = new TestSession(thrift);
    t.client(wire.call('f')).server(wire.call('callback', {}, 9));
    t.client(wire.reply('callback', {}, 9)).server(wire.reply('f'));
    expect(t.events().map((e) => [e.method, e.swapped])).toEqual([
      ['callback', true],
      ['f', undefined],
    ]);
  });

  it.each(FORMS)('finds it on other ports (%s, %s)', (protocol, transport) => {
    const w = new Wire(protocol, transport);
    const t = new TestSession(thrift, {}, { detect: true, reversed: true });
    for (const piece of cut(w.call('ping'), 3)) t.client(piece);
    t.server(w.reply('ping'));
    expect(t.events()).toMatchObject([{ method: 'ping', swapped: true }]);
  });

  it.each([
    'GET / HTTP/1.1\r\n\r\n',
    '*1\r\n$4\r\nPING\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    '\x00\x00\x00\x10\x00\x03\x00\x00user\x00postgres\x00\x00',
    '\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10',
    '\x82\x00\x00\x08\x00\x00\x00\x04abcd',
    '\x00\x1d\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www',
  ])('leaves %j to others', (first) => {
    const t = new TestSession(thrift, {}, { detect: true });
    t.client(first).client(wire.call('f')).server(wire.reply('f'));
    expect(t.events()).toEqual([]);
  });
});

describe('lost and cut input', () => {
  const large = list('string', ...Array.from({ length: 40 }, (_, i) => text(`value ${i} ü`)));

  describe.each(FORMS)('%s, %s', (protocol, transport) => {
    const w = new Wire(protocol, transport);
    const calls = [
      w.call('f', { 1: large, 2: struct({ 1: map(['i32', 'bool'], [i32(1), bool(true)]) }) }, 1),
      w.oneway('zip', {}, 2),
      w.call('g', { 1: double(0.5), 2: i64(-5), 3: bool(false) }, 3),
    ];
    const replies = [w.reply('f', { 0: large }, 1), w.reply('g', { 1: struct({ 1: text('no') }) }, 3)];
    const [stream, answers] = [Buffer.concat(calls), Buffer.concat(replies)];
    const whole = new TestSession(thrift).client(stream).server(answers).events();

    it('is read at all', () => {
      expect(whole.map((e) => [e.method, e.status])).toEqual([
        ['zip', 'OK'],
        ['f', 'OK'],
        ['g', 'Error'],
      ]);
    });

    it.each([1, 2, 7, 0])('gives the same events in pieces of %i bytes', (size) => {
      const t = new TestSession(thrift);
      for (const piece of cut(stream, size)) t.client(piece);
      for (const piece of cut(answers, size, 7)) t.server(piece);
      expect(t.events()).toEqual(whole);
    });

    it('gives the same events or fewer when cut at any byte', () => {
      const strip = ({ end: _, ...rest }: Record<string, unknown>) => rest;
      for (let at = 0; at <= answers.length; at++) {
        const t = new TestSession(thrift);
        t.client(stream);
        if (at > 0) t.server(answers.subarray(0, at));
        const answered = t.events();
        expect(answered.map(strip)).toEqual(whole.slice(0, answered.length).map(strip));
      }
    });

    it('reads on after a gap, wherever it is', () => {
      for (let at = 0; at < calls[0]!.length; at += 13) {
        const t = new TestSession(thrift);
        t.client(stream.subarray(0, at))
          .gap(0, 20)
          .client(stream.subarray(at + 20));
        t.server(answers)
          .client(w.call('h', {}, 8))
          .server(w.reply('h', {}, 8))
          .end('rst');
        const methods = t
          .events()
          .filter((e) => e.status === 'OK' && !e['error.message'])
          .map((e) => e.method);
        expect(methods).toContain('h');
        expect(t.rows.open).toBe(0);
      }
    });

    it('says what is left of a reply that a gap cuts', () => {
      const t = new TestSession(thrift);
      t.client(calls[0]!).server(replies[0]!.subarray(0, 200)).gap(1, 100);
      const [event] = t.events();
      expect(event).toMatchObject({
        method: 'f',
        status: 'OK',
        'error.message': 'Packet loss while capturing the response',
      });
      expect(event!['thrift.return_value']).toMatch(/^\["value 0 ü", "value 1 ü"/);
    });

    it('finds its place in the middle of a stream', () => {
      const t = new TestSession(thrift);
      t.server(replies[0]!.subarray(30))
        .client(w.call('h', {}, 8))
        .server(w.reply('h', {}, 8));
      expect(t.events()).toMatchObject([{ method: 'h', status: 'OK' }]);
    });

    it('counts a reply whole that it does not read', () => {
      const t = new TestSession(thrift, { capture_reply: false });
      for (const piece of cut(stream, 11)) t.client(piece);
      for (const piece of cut(answers, 11)) t.server(piece);
      const frame = transport === 'framed' ? 4 : 0;
      expect(
        t.events().map((e) => [e.method, e.status, e['destination.bytes'], e['thrift.return_value']]),
      ).toEqual([
        ['zip', 'OK', undefined, undefined],
        ['f', 'OK', replies[0]!.length - frame, ''],
        ['g', 'OK', replies[1]!.length - frame, ''],
      ]);
    });
  });

  it('uses an id again after lost replies', () => {
    const t = new TestSession(thrift);
    t.client(wire.call('f', { 1: i32(1) }, 0))
      .server(wire.reply('f', {}, 0).subarray(0, 3))
      .gap(1, 100);
    t.client(wire.call('f', { 1: i32(2) }, 0)).server(wire.reply('f', { 0: i32(2) }, 0));
    expect(t.events().map((e) => [e.query, e.status, e['thrift.return_value']])).toEqual([
      ['f(1: 1)', 'Error', undefined],
      ['f(1: 2)', 'OK', '2'],
    ]);
  });
});

describe('hostile input', () => {
  const begin = '\x80\x01\0\x01\0\0\0\x01f\0\0\0\x01';
  const ok = wire.call('ok', {}, 7);

  it.each([
    ['a string longer than any', `${begin}\x0b\0\x01\xff\xff\xff\xff`],
    ['a list longer than any', `${begin}\x0f\0\x01\x08\x7f\xff\xff\xff`],
    ['an unknown type', `${begin}\x05\0\x01`],
    ['a list of an unknown type', `${begin}\x0f\0\x01\x01\0\0\0\x01`],
    ['structs without end', `${begin}${'\x0c\0\x01'.repeat(70)}`],
    ['lists without end', `${begin}\x0f\0\x01${'\x0f\0\0\0\x01'.repeat(70)}`],
    ['an unknown kind', '\x80\x01\0\x09\0\0\0\x01f\0\0\0\x01\0'],
    ['a name too long', `\x80\x01\0\x01\0\0\x7f\xff${'n'.repeat(100)}`],
    ['a varint without end', `\x82\x21\x01\x01f\x16${'\xff'.repeat(12)}`],
    ['a frame shorter than its header', '\0\0\0\x05\x80\x01\0\x01\0\0\0\x40ff'],
  ])('reads on behind %s', (_, bad) => {
    const t = new TestSession(thrift);
    t.client(bad).client(ok).end('rst');
    expect(t.events().map((e) => e.method)).toEqual(['ok']);
  });

  it('skips what is wrong inside a frame, and what is left of it', () => {
    const framed = (m: string) => `\0\0\0${String.fromCharCode(m.length)}${m}`;
    const t = new TestSession(thrift);
    t.client(framed(`${begin}\x0b\0\x01\0\0\0\xff`)).client(framed(`${begin}\0trailing`));
    t.client(framed(`${begin}\x0c\0\x01`)).client(new Wire('binary', 'framed').oneway('ok'));
    t.end('rst');
    expect(t.events().map((e) => [e.method, e['source.bytes']])).toEqual([
      ['ok', 15],
      ['f', begin.length + 9],
    ]);
    expect(t.counters.snapshot()['thrift.message.broken']).toBe(2);
  });

  it.each([
    ['a string', '\x0b\0\x01\0\0\0\x08'],
    ['an integer', '\x0a\0\x01\0\0'],
    ['a list', '\x0f\0\x01\x08\0\0\0\x02\0\0\0\x01'],
    ['a struct', '\x0c\0\x01'],
  ])('reads %s no further than its frame, whatever follows', (_, value) => {
    const framed = (m: string) => `\0\0\0${String.fromCharCode(m.length)}${m}`;
    const next = new Wire('binary', 'framed').oneway('ok').toString('latin1');
    const t = new TestSession(thrift);
    t.client(framed(`${begin}${value}`) + next + next).end('rst');
    expect(t.events().map((e) => e.method)).toEqual(['ok', 'ok']);
    expect(t.counters.snapshot()['thrift.message.broken']).toBe(1);
  });

  it('gives up what holds no message', () => {
    const t = new TestSession(thrift);
    for (let i = 0; i < 1100; i++) t.client('x'.repeat(1000));
    expect(t.counters.snapshot()['thrift.session.dropped']).toBe(1);
  });

  it('reads a large list in small segments in linear time, and keeps a bounded text', () => {
    const size = 200_000;
    const body = Buffer.alloc(size * 4, 7);
    const t = new TestSession(thrift, { collection_max_size: size });
    t.client(wire.call('f'));
    const head = Buffer.from(`\x80\x01\0\x02\0\0\0\x01f\0\0\0\x01\x0f\0\0\x08\0\x03\x0d\x40`, 'latin1');
    for (const piece of cut(Buffer.concat([head, body, Buffer.from([0])]), 1448)) t.server(piece);
    const [event] = t.events();
    expect(event!['destination.bytes']).toBe(head.length + body.length + 1);
    expect(event!['thrift.return_value'].length).toBe(65_536);
  });

  it('asks to skip what it does not show', () => {
    const t = new TestSession(thrift);
    t.client(wire.call('f'));
    t.server(`\x80\x01\0\x02\0\0\0\x01f\0\0\0\x01\x0b\0\0\0\x98\x96\x80${'x'.repeat(1000)}`);
    expect(t.commands).toMatchObject([{ command: 3, dir: 1, value: 13 + 7 + 10_000_000 }]);
    t.jump(1, 9_999_000).server('\0').client(wire.call('g')).server(wire.reply('g'));
    expect(t.events().map((e) => e['destination.bytes'])).toEqual([13 + 7 + 10_000_001, 14]);
  });

  it('asks to skip numbers past the limit of a list', () => {
    const t = new TestSession(thrift);
    t.client(wire.call('f'));
    t.server(`\x80\x01\0\x02\0\0\0\x01f\0\0\0\x01\x0f\0\0\x08\0\x10\0\0${'\0'.repeat(200)}`);
    expect(t.commands).toMatchObject([{ command: 3, dir: 1, value: 13 + 8 + 0x100000 * 4 }]);
  });
});
