import { describe, expect, it } from 'vitest';
import { A, answer, query, udp } from '../../../test/support/dns-session.js';
import {
  hex,
  message,
  name,
  opt,
  pointer,
  question,
  RESPONSE,
  record,
  u16,
} from '../../../test/support/dns-wire.js';

describe('a query and its response', () => {
  it('is one event', () => {
    const t = udp();
    t.client(query());
    t.nanoseconds = 5_325_000;
    t.server(answer());
    expect(t.events()).toEqual([
      {
        type: 'dns',
        status: 'OK',
        start: 1_000_000,
        end: 1_000_000.005325,
        'source.bytes': 35,
        'destination.bytes': 51,
        method: 'QUERY',
        query: 'class IN, type A, www.example.co.uk',
        resource: 'www.example.co.uk',
        'dns.id': 7,
        'dns.type': 'answer',
        'dns.op_code': 'QUERY',
        'dns.response_code': 'NOERROR',
        'dns.flags.authoritative': false,
        'dns.flags.truncated_response': false,
        'dns.flags.recursion_desired': true,
        'dns.flags.recursion_available': true,
        'dns.flags.authentic_data': false,
        'dns.flags.checking_disabled': false,
        'dns.header_flags': ['RD', 'RA'],
        'dns.question.name': 'www.example.co.uk',
        'dns.question.type': 'A',
        'dns.question.class': 'IN',
        'dns.question.registered_domain': 'example.co.uk',
        'dns.question.etld_plus_one': 'example.co.uk',
        'dns.question.top_level_domain': 'co.uk',
        'dns.question.subdomain': 'www',
        'dns.answers': [{ type: 'A', class: 'IN', ttl: 300, name: 'www.example.co.uk', data: '192.168.0.1' }],
        'dns.answers_count': 1,
        'dns.authorities_count': 0,
        'dns.additionals_count': 0,
        'dns.resolved_ip': ['192.168.0.1'],
        'related.ip': ['192.168.0.1'],
      },
    ]);
    expect(t.rows.open).toBe(0);
  });

  it('shows the other sections and the text on request', () => {
    const options = {
      include_authorities: true,
      include_additionals: true,
      send_request: true,
      send_response: true,
    };
    const response = message({
      flags: RESPONSE | 0x0400,
      questions: [question('a.org', 15)],
      answers: [record(pointer(12), 15, Buffer.concat([u16(10), Buffer.from([2, 109, 120]), pointer(12)]))],
      authorities: [record('org', 2, name('ns.org'))],
      additionals: [opt(1232, 0x8000), record('mx.a.org', 1, A, 60)],
    });
    const [event] = udp(options)
      .client(message({ questions: [question('a.org', 15)], additionals: [opt()] }))
      .server(response)
      .events();
    expect(event).toMatchObject({
      'dns.answers': [{ name: 'a.org', type: 'MX', preference: 10, data: 'mx.a.org' }],
      'dns.authorities': [{ name: 'org', type: 'NS', data: 'ns.org' }],
      'dns.additionals': [{ name: 'mx.a.org', type: 'A', ttl: 60, data: '192.168.0.1' }],
      'dns.authorities_count': 1,
      'dns.additionals_count': 1,
      'dns.header_flags': ['AA', 'RD', 'RA', 'DO'],
      'dns.opt.do': true,
      'dns.opt.udp_size': 1232,
      'dns.opt.version': '0',
      'dns.opt.ext_rcode': 'NOERROR',
      request:
        'ID 7; QR query; OPCODE QUERY; FLAGS rd; RCODE NOERROR; QUESTION class IN, type MX, a.org; ADDITIONAL ',
      response:
        'ID 7; QR response; OPCODE QUERY; FLAGS aa rd ra; RCODE NOERROR; QUESTION class IN, type MX, a.org; ANSWER mx.a.org; AUTHORITY ns.org; ADDITIONAL ; 192.168.0.1',
    });
    expect(event).not.toHaveProperty('dns.resolved_ip');
  });

  it('gives an error for every code but NOERROR, with the upper bits of EDNS', () => {
    const codes = [3, 2, 11].map((rcode) => {
      const [event] = udp()
        .client(query())
        .server(message({ flags: RESPONSE | rcode, questions: [question('www.example.co.uk')] }))
        .events();
      return [event!['dns.response_code'], event!.status];
    });
    expect(codes).toEqual([
      ['NXDOMAIN', 'Error'],
      ['SERVFAIL', 'Error'],
      ['Unknown 11', 'Error'],
    ]);
    const bad = message({
      flags: RESPONSE,
      questions: [question('x.org')],
      additionals: [opt(512, 0x01000000)],
    });
    expect(udp().client(query('x.org')).server(bad).events()).toMatchObject([
      { status: 'Error', 'dns.response_code': 'BADVERS', 'dns.opt.ext_rcode': 'BADVERS' },
    ]);
    const absent = message({
      flags: RESPONSE | 3,
      questions: [question('x.org')],
      additionals: [opt(512, 0)],
    });
    expect(udp().client(query('x.org')).server(absent).events()).toMatchObject([
      { status: 'Error', 'dns.response_code': 'NXDOMAIN', 'dns.opt.ext_rcode': 'NOERROR' },
    ]);
  });

  it('names what has no name by its number', () => {
    const odd = message({ flags: 0x9800, questions: [question('x.org', 65280, 300)] });
    const [event] = udp()
      .client(message({ flags: 0x1800, questions: [question('x.org', 65280, 300)] }))
      .server(odd)
      .events();
    expect(event).toMatchObject({
      method: '3',
      'dns.op_code': '3',
      'dns.header_flags': [],
      'dns.question.type': '65280',
      'dns.question.class': '300',
      query: 'class 300, type 65280, x.org',
    });
  });

  it('tells query and response apart when the response has another question', () => {
    const [event] = udp().client(query('A.example.org')).server(answer('a.example.ORG')).events();
    expect(event).toMatchObject({
      query: 'class IN, type A, A.example.org',
      resource: 'A.example.org',
      'dns.question.name': 'a.example.ORG',
      'dns.question.registered_domain': 'example.ORG',
      'dns.answers': [{ name: 'a.example.ORG' }],
    });
    const bare = message({ flags: RESPONSE, answers: [record('b.org', 1, A)] });
    const [other] = udp().client(query('b.org')).server(bare).events();
    expect(other).toMatchObject({ resource: 'b.org', 'dns.answers': [{ name: 'b.org' }] });
    expect(other).not.toHaveProperty('dns.question.name');
  });

  it('names each address once in related.ip, and the ends of the flow not at all', () => {
    const response = message({
      flags: RESPONSE,
      questions: [question('d.org')],
      answers: ['01010101', '0a000002', '01010102', '01010101'].map((ip) => record(pointer(12), 1, hex(ip))),
    });
    const [event] = udp().client(query('d.org')).server(response).events();
    expect(event!['dns.resolved_ip']).toEqual(['1.1.1.1', '10.0.0.2', '1.1.1.2', '1.1.1.1']);
    expect(event!['related.ip']).toEqual(['1.1.1.1', '1.1.1.2']);
  });

  it('follows names through a chain of aliases', () => {
    const response = message({
      flags: RESPONSE,
      questions: [question('w.org')],
      answers: [
        record(pointer(12), 5, Buffer.concat([Buffer.from([3]), Buffer.from('cdn'), pointer(14)])),
        record(pointer(35), 1, A),
        record(pointer(35), 1, hex('01020304')),
      ],
    });
    const [event] = udp().client(query('w.org')).server(response).events();
    expect(event!['dns.answers'].map((a: { name: string; data: string }) => [a.name, a.data])).toEqual([
      ['w.org', 'cdn.org'],
      ['cdn.org', '192.168.0.1'],
      ['cdn.org', '1.2.3.4'],
    ]);
  });
});

describe('pairing', () => {
  it('goes by id, in any order, either end asking', () => {
    const t = udp();
    t.client(query('a.org', 1, 1))
      .client(query('b.org', 1, 2))
      .server(query('c.org', 1, 1));
    t.server(answer('b.org', 1, 2))
      .client(answer('c.org', 1, 1))
      .server(answer('a.org', 1, 1));
    expect(t.events().map((e) => [e.resource, e.status, e.swapped])).toEqual([
      ['b.org', 'OK', undefined],
      ['c.org', 'OK', true],
      ['a.org', 'OK', undefined],
    ]);
  });

  it('reports a response without query from the end that received it', () => {
    const [event] = udp({}, { reversed: true }).server(answer('a.org')).events();
    expect(event).toMatchObject({
      status: 'Error',
      'error.message': 'Response: received without an associated Query',
      swapped: true,
      resource: 'a.org',
      'dns.type': 'answer',
      'destination.bytes': 39,
      end: 1_000_000,
    });
    expect(event).not.toHaveProperty('start');
    expect(event).not.toHaveProperty('source.bytes');
  });

  it('reports queries without response after the time-out and at the end', () => {
    const t = udp({ send_request: true })
      .client(query('a.org', 1, 1))
      .wait(11);
    expect(t.events()).toHaveLength(1);
    t.client(query('b.org', 1, 2)).end('idle');
    expect(t.events()).toMatchObject([
      {
        resource: 'a.org',
        status: 'Error',
        'error.message': 'No response to this query was received',
        'dns.type': 'query',
        'dns.header_flags': ['RD'],
        'dns.question.registered_domain': 'a.org',
        request: 'ID 1; QR query; OPCODE QUERY; FLAGS rd; RCODE NOERROR; QUESTION class IN, type A, a.org',
      },
      { resource: 'b.org', status: 'Error' },
    ]);
    expect(t.events()[0]).not.toHaveProperty('end');
    expect(t.counters.snapshot()['dns.unmatched_requests']).toBe(2);
    expect(t.rows.open).toBe(0);
  });

  it('closes a query whose id comes again', () => {
    const t = udp().client(query('a.org')).wait(2).client(query('b.org')).server(answer('b.org'));
    expect(t.events().map((e) => [e.resource, e['error.message']])).toEqual([
      [
        'a.org',
        'Another query with the same DNS ID from this client was received so this query was closed without receiving a response',
      ],
      ['b.org', undefined],
    ]);
  });

  it('does not mistake a frame captured twice for a message sent twice', () => {
    const t = udp().client(query());
    t.nanoseconds = 10_000;
    t.client(query()).server(answer()).server(answer());
    expect(t.events()).toMatchObject([{ status: 'OK', start: 1_000_000 }]);
    expect(t.counters.snapshot()['dns.frame.copied']).toBe(2);
    t.wait(1).server(answer());
    expect(t.events()[1]).toMatchObject({ status: 'Error' });
  });

  it('keeps a bounded number of queries, and of their bytes', () => {
    const t = udp();
    for (let id = 0; id < 2000; id++) t.client(query('a.org', 1, id));
    expect(t.events()).toHaveLength(2000 - 1024);
    t.end();
    expect(t.events()).toHaveLength(2000);
    const large = udp();
    const data = Buffer.alloc(40_000);
    for (let id = 0; id < 20; id++)
      large.client(message({ id, questions: [question('a.org')], answers: [record('a', 10, data)] }));
    expect(large.events().length).toBe(20 - 6);
  });
});

describe('notes on EDNS', () => {
  const big = Buffer.concat([Buffer.from([255]), Buffer.alloc(255, 97)]);
  const large = (additionals: Buffer[] = []) =>
    message({
      flags: RESPONSE,
      questions: [question('a.org', 16)],
      answers: [record(pointer(12), 16, big), record(pointer(12), 16, big)],
      additionals,
    });
  const plain = query('a.org', 16);
  const edns = message({ questions: [question('a.org', 16)], additionals: [opt()] });

  it.each([
    [plain, large(), 'Response: Non-EDNS packet has size greater than 512'],
    [edns, large([opt()]), undefined],
    [
      edns,
      large(),
      ['Response: Non-EDNS packet has size greater than 512', 'Responder does not support EDNS'],
    ],
    [plain, large([opt()]), 'Unexpected EDNS answer'],
  ])('are made (%#)', (q, r, notes) => {
    const [event] = udp().client(q).server(r).events();
    expect(event!['error.message']).toEqual(notes);
    expect(event!.status).toBe('OK');
  });

  it('joins the note of a response nobody asked for', () => {
    expect(udp().server(large()).events()[0]!['error.message']).toEqual([
      'Response: received without an associated Query',
      'Response: Non-EDNS packet has size greater than 512',
    ]);
  });
});
