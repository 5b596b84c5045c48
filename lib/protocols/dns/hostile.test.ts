import { describe, expect, it } from 'vitest';
import { A, answer, query, udp } from '../../../test/support/dns-session.js';
import { message, name, pointer, QUERY, question, RESPONSE, record } from '../../../test/support/dns-wire.js';

describe('multicast', () => {
  const mdns = { serverPort: 5353 };

  it('takes an mDNS response without query for what it is', () => {
    const announcement = message({
      id: 0,
      flags: 0x8400,
      answers: [
        record('host.local', 1, A, 120, 0x8001),
        record('_http._tcp.local', 12, name('web._http._tcp.local')),
      ],
    });
    const t = udp({}, mdns).client(announcement);
    expect(t.events()).toMatchObject([
      {
        status: 'OK',
        start: 1_000_000,
        'source.bytes': announcement.length,
        'dns.type': 'answer',
        'dns.answers': [
          { name: 'host.local', class: 'IN', data: '192.168.0.1' },
          { name: '_http._tcp.local', data: 'web._http._tcp.local' },
        ],
      },
    ]);
    expect(t.events()[0]).not.toHaveProperty('error.message');
    expect(t.events()[0]).not.toHaveProperty('swapped');
  });

  it('publishes a query to a group at once', () => {
    const t = udp({}, { ...mdns, destination: [224, 0, 0, 251] });
    t.client(
      message({ id: 0, flags: 0, questions: [question('host.local', 1, 0x8001), question('b.local')] }),
    );
    expect(t.events()).toMatchObject([
      {
        status: 'OK',
        'dns.type': 'query',
        query: 'class IN, type A, host.local',
        'dns.question.class': 'IN',
      },
    ]);
  });

  it('pairs unicast queries to the same ports', () => {
    for (const serverPort of [5353, 5355]) {
      const t = udp({}, { serverPort }).client(query('a.local')).server(answer('a.local'));
      expect(t.events()).toMatchObject([{ status: 'OK', 'source.bytes': 25, 'destination.bytes': 41 }]);
    }
  });
});

describe('detection', () => {
  it('knows a query or a response on any port', () => {
    expect(udp({}, { detect: true }).client(query()).server(answer()).events()).toMatchObject([
      { status: 'OK' },
    ]);
    expect(udp({}, { detect: true, reversed: true }).server(answer()).events()).toMatchObject([
      { status: 'Error' },
    ]);
  });

  it.each([
    ['an unknown type', message({ questions: [question('a.org', 65280)] })],
    ['an unknown class', message({ questions: [question('a.org', 1, 77)] })],
    ['two questions', message({ questions: [question('a.org'), question('b.org')] })],
    ['a reserved bit', message({ flags: QUERY | 0x40, questions: [question('a.org')] })],
    ['bytes behind the message', Buffer.concat([query(), Buffer.from([0])])],
    ['another protocol', Buffer.from('M-SEARCH * HTTP/1.1\r\n\r\n')],
  ])('does not take %s for DNS', (_, bytes) => {
    expect(udp({}, { detect: true }).client(bytes).end().events()).toEqual([]);
  });
});

describe('hostile datagrams', () => {
  it('drops a message cut at any byte, and counts it', () => {
    for (const whole of [query(), answer()]) {
      for (let size = 0; size < whole.length; size++) {
        const t = udp().client(whole.subarray(0, size)).end();
        expect(t.events()).toEqual([]);
        expect(t.counters.snapshot()['dns.message.undecodable']).toBe(1);
        expect(t.logs).toEqual([]);
      }
    }
  });

  it('keeps the query when its response cannot be read', () => {
    const t = udp().client(query()).server(answer().subarray(0, 40)).server(answer());
    expect(t.events()).toMatchObject([{ status: 'OK' }]);
  });

  it.each([
    ['a pointer to itself', Buffer.concat([pointer(12)])],
    ['a pointer forward', Buffer.concat([pointer(20)])],
    ['a pointer into the header', Buffer.concat([pointer(2)])],
    ['two pointers in a circle', Buffer.concat([Buffer.from([1, 97]), pointer(16), pointer(12)])],
    ['a reserved label type', Buffer.from([0x41, 1, 0])],
    ['a name of 256 bytes', name(Array(128).fill('a').join('.'))],
  ])('drops %s', (_, owner) => {
    const t = udp().client(
      message({ questions: [question(owner)], additionals: [record('x', 10, Buffer.alloc(64))] }),
    );
    expect(t.end().events()).toEqual([]);
    expect(t.counters.snapshot()['dns.message.undecodable']).toBe(1);
  });

  it('takes the longest name there is', () => {
    const owner = Array(127).fill('\x01').join('.');
    const [event] = udp().client(query(owner)).server(answer(owner)).events();
    expect(event!.resource).toBe(Array(127).fill('\\001').join('.'));
  });

  it('does not believe counts', () => {
    for (let field = 4; field < 12; field += 2) {
      const lying = Buffer.from(answer());
      lying.writeUInt16BE(0xffff, field);
      expect(udp().client(lying).end().events()).toEqual([]);
    }
  });

  it('survives every single byte of a response changed', () => {
    const whole = answer(
      'www.example.co.uk',
      6,
      7,
      Buffer.concat([name('ns.x'), name('root.x'), Buffer.alloc(20)]),
    );
    for (let at = 0; at < whole.length; at++) {
      for (const value of [0, 1, 0x3f, 0x7f, 0xc0, 0xff]) {
        const bad = Buffer.from(whole);
        bad[at] = value;
        const t = udp({ send_response: true }).client(query('www.example.co.uk', 6)).server(bad).end();
        expect(t.logs).toEqual([]);
        expect(t.rows.open).toBe(0);
      }
    }
  });

  it('writes a bounded number of records and counts all', () => {
    const answers = Array.from({ length: 3000 }, () => record(pointer(12), 1, A));
    const t = udp()
      .client(query('a.org'))
      .server(message({ flags: RESPONSE, questions: [question('a.org')], answers }));
    const [event] = t.events();
    expect(event!['dns.answers']).toHaveLength(500);
    expect(event!['dns.answers_count']).toBe(3000);
    expect(t.counters.snapshot()['dns.record.unlisted']).toBe(1);
  });
});
