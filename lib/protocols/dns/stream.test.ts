import { describe, expect, it } from 'vitest';
import {
  framed,
  hex,
  message,
  pointer,
  question,
  RESPONSE,
  record,
  soa,
} from '../../../test/support/dns-wire.js';
import { cut, TestSession } from '../../../test/support/session.js';
import { dns } from './analyzer.js';

const A = hex('c0a80001');
const tcp = (options = {}, test = {}) =>
  new TestSession(dns, options, { transport: 'tcp', serverPort: 53, ...test });
const query = (owner: string, type = 1, id = 7) =>
  framed(message({ id, questions: [question(owner, type)] }));
const answers = (records: Buffer[], id = 7, type = 1, owner = 'a.org') =>
  framed(message({ id, flags: RESPONSE, questions: [question(owner, type)], answers: records }));
const answer = (owner: string, id = 7) => answers([record(pointer(12), 1, A)], id, 1, owner);
const zone = (records: Buffer[], type = 252) => answers(records, 7, type);

const SOA = (serial: number) => record(pointer(12), 6, soa(serial));
const HOST = (n: number) => record(`h${n}.a.org`, 1, Buffer.from([1, 1, 1, n]));

describe('streams', () => {
  it('count the length before each message', () => {
    const [event] = tcp().client(query('a.org')).server(answer('a.org')).events();
    expect(event).toMatchObject({ 'source.bytes': 25, 'destination.bytes': 41, status: 'OK' });
  });

  it('pair pipelined queries answered in another order', () => {
    const t = tcp();
    t.client(Buffer.concat([query('a.org', 1, 1), query('b.org', 1, 2), query('c.org', 1, 3)]));
    t.server(Buffer.concat([answer('c.org', 3), answer('a.org', 1), answer('b.org', 2)]));
    expect(t.events().map((e) => [e.resource, e['dns.id']])).toEqual([
      ['c.org', 3],
      ['a.org', 1],
      ['b.org', 2],
    ]);
  });

  it('say nothing of EDNS and sizes', () => {
    const big = Buffer.concat([Buffer.from([255]), Buffer.alloc(255, 97)]);
    const t = tcp()
      .client(query('a.org'))
      .server(answers(Array(3).fill(record(pointer(12), 16, big))));
    expect(t.events()[0]).not.toHaveProperty('error.message');
  });

  it('are found by content', () => {
    const t = tcp({}, { detect: true });
    for (const piece of cut(query('a.org'), 3)) t.client(piece);
    t.server(answer('a.org'));
    expect(t.events()).toMatchObject([{ status: 'OK' }]);
    const late = tcp({}, { detect: true, reversed: true })
      .server(answer('a.org'))
      .client(query('b.org'))
      .end();
    expect(late.events().map((e) => e.status)).toEqual(['Error', 'Error']);
    const other = tcp({}, { detect: true })
      .client('GET / HTTP/1.1\r\n\r\n')
      .server('HTTP/1.1 200 OK\r\n\r\n')
      .end();
    expect(other.events()).toEqual([]);
  });
});

describe('zone transfers', () => {
  const records = (event: Record<string, unknown>) =>
    (event['dns.answers'] as { type: string }[]).map((r) => r.type).join(' ');

  it('are one event, however many messages they take', () => {
    const options = { send_response: true };
    const t = tcp(options).client(query('a.org', 252));
    t.nanoseconds = 1_000_000;
    t.server(zone([SOA(5), HOST(1)]));
    t.nanoseconds = 2_000_000;
    t.server(
      Buffer.concat([
        zone([HOST(2), HOST(1)]),
        framed(message({ id: 7, flags: RESPONSE, answers: [HOST(3)] })),
      ]),
    );
    expect(t.events()).toEqual([]);
    t.server(zone([SOA(5)]));
    expect(t.events()).toMatchObject([
      {
        status: 'OK',
        query: 'class IN, type AXFR, a.org',
        end: 1_000_000.001,
        'dns.answers_count': 6,
        'dns.resolved_ip': ['1.1.1.1', '1.1.1.2', '1.1.1.1', '1.1.1.3'],
        'related.ip': ['1.1.1.1', '1.1.1.2', '1.1.1.3'],
      },
    ]);
    const [event] = t.events();
    expect(records(event!)).toBe('SOA A A A A SOA');
    expect(event!['dns.answers'][0].name).toBe('a.org');
    expect(event!['dns.answers'][5].name).toBe('a.org');
    expect(event!.response).toMatch(
      /ANSWER rname root.x, ns.x; 1.1.1.1; 1.1.1.2; 1.1.1.1; 1.1.1.3; rname root.x, ns.x$/,
    );
    expect(t.rows.open).toBe(0);
  });

  it('may come in one message, or be refused', () => {
    const whole = tcp()
      .client(query('a.org', 252))
      .server(zone([SOA(5), HOST(1), SOA(5)]));
    expect(whole.events()).toMatchObject([{ status: 'OK', 'dns.answers_count': 3 }]);
    const refused = framed(message({ id: 7, flags: RESPONSE | 5, questions: [question('a.org', 252)] }));
    const no = tcp().client(query('a.org', 252)).server(refused);
    expect(no.events()).toMatchObject([{ status: 'Error', 'dns.response_code': 'REFUSED' }]);
  });

  it('may be incremental', () => {
    const t = tcp().client(query('a.org', 251));
    t.server(zone([SOA(9), SOA(7), HOST(1)], 251)).server(zone([SOA(8), HOST(2), SOA(8), HOST(2)], 251));
    expect(t.events()).toEqual([]);
    t.server(zone([SOA(9), HOST(3), SOA(9)], 251));
    expect(t.events()).toMatchObject([{ status: 'OK', 'dns.answers_count': 10 }]);
    const current = tcp()
      .client(query('a.org', 251))
      .server(zone([SOA(9)], 251));
    expect(current.events()).toMatchObject([{ status: 'OK', 'dns.answers_count': 1 }]);
    const full = tcp()
      .client(query('a.org', 251))
      .server(zone([SOA(9), HOST(1), SOA(9)], 251));
    expect(full.events()).toMatchObject([{ 'dns.answers_count': 3 }]);
  });

  it('that stop are reported with what there is', () => {
    for (const stop of [
      (t: TestSession) => t.end(),
      (t: TestSession) => t.gap(1, 50),
      (t: TestSession) => t.wait(11),
    ]) {
      const t = tcp()
        .client(query('a.org', 252))
        .server(zone([SOA(5), HOST(1)]));
      stop(t);
      expect(t.events()).toMatchObject([
        {
          status: 'Error',
          'error.message': "Response: Message's data is incomplete",
          'dns.answers_count': 2,
        },
      ]);
      expect(t.rows.open).toBe(0);
    }
  });

  it('do not mix with other exchanges, and are bounded', () => {
    const t = tcp()
      .client(query('a.org', 252))
      .client(query('b.org', 1, 8));
    t.server(zone([SOA(5), HOST(1)])).server(answer('b.org', 8));
    for (let i = 0; i < 100; i++) t.server(zone(Array.from({ length: 50 }, (_, n) => HOST(n))));
    t.server(zone([SOA(5)]));
    expect(t.events().map((e) => [e.resource, e['dns.answers_count'], e['dns.answers'].length])).toEqual([
      ['b.org', 1, 1],
      ['a.org', 5003, 500],
    ]);
  });
});

describe('cut and lost bytes', () => {
  const requests = Buffer.concat([query('a.org', 1, 1), query('b.org', 15, 2), query('a.org', 252, 7)]);
  const replies = Buffer.concat([
    answer('b.org', 2),
    answer('a.org', 1),
    zone([SOA(5), HOST(1)]),
    zone([HOST(2), SOA(5)]),
  ]);
  const whole = tcp({ send_response: true }).client(requests).server(replies).events();

  it.each([1, 2, 7, 0])('give the same events in pieces of %i bytes', (size) => {
    const t = tcp({ send_response: true });
    for (const piece of cut(requests, size)) t.client(piece);
    for (const piece of cut(replies, size, 7)) t.server(piece);
    expect(whole).toHaveLength(3);
    expect(t.events()).toEqual(whole);
  });

  it('give the same events when cut at any byte', () => {
    for (let at = 1; at < replies.length; at++) {
      const t = tcp({ send_response: true })
        .client(requests)
        .server(replies.subarray(0, at))
        .server(replies.subarray(at));
      expect(t.events()).toEqual(whole);
    }
  });

  it('report a response that breaks off', () => {
    const t = tcp().client(query('a.org')).server(answer('a.org').subarray(0, 20)).end();
    expect(t.events()).toMatchObject([
      { status: 'Error', 'error.message': "Response: Message's data is incomplete" },
    ]);
  });

  it('give up what was pending at a gap, and go on with the next message', () => {
    const t = tcp()
      .client(query('a.org', 1, 1))
      .server(answer('a.org', 1).subarray(0, 20))
      .gap(1, 10);
    t.server(answer('a.org', 1).subarray(30))
      .client(query('b.org', 1, 2))
      .server(answer('b.org', 2));
    expect(t.events().map((e) => [e.resource, e['error.message']])).toEqual([
      ['a.org', "Response: Message's data is incomplete"],
      ['b.org', undefined],
    ]);
    const lost = tcp()
      .client(query('a.org', 1, 1))
      .gap(0, 30)
      .client(query('b.org', 1, 2));
    lost.server(Buffer.concat([answer('a.org', 1), answer('b.org', 2)]));
    expect(lost.events().map((e) => e.status)).toEqual(['OK', 'OK']);
  });

  it('report responses that are no messages', () => {
    const bad = framed(Buffer.concat([Buffer.from([0, 7]), Buffer.alloc(30, 255)]));
    const t = tcp().client(query('a.org')).server(bad);
    expect(t.events()).toMatchObject([
      { status: 'Error', 'error.message': "Response: Message's data could not be decoded as DNS" },
    ]);
    const zero = tcp()
      .client(query('a.org'))
      .server(Buffer.from([0, 0]))
      .client(query('b.org'))
      .server(answer('b.org'));
    expect(zero.events().map((e) => e['error.message'])).toEqual([
      "Response: Message's length was set to zero",
      undefined,
    ]);
  });

  it('end the session when nothing is a message', () => {
    const t = tcp().client(Buffer.alloc(100));
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()).toMatchObject({ 'dns.session.dropped': 1, 'dns.message.undecodable': 3 });
  });
});
