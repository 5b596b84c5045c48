import { describe, expect, it } from 'vitest';
import { TestSession } from '../../../test/support/session.js';
import { icmp } from './analyzer.js';

function message(type: number, code = 0, id = 7, seq = 1, payload = 'abcd', checksum = 0x1234): Uint8Array {
  const head = [type, code, checksum >> 8, checksum & 255, id >> 8, id & 255, seq >> 8, seq & 255];
  return Buffer.concat([Uint8Array.from(head), Buffer.from(payload)]);
}

const session = (test = {}, options = {}) => new TestSession(icmp, options, { transport: 'icmp', ...test });

describe('paired types', () => {
  it('gives one event for a ping', () => {
    const t = session().client(message(8));
    t.nanoseconds = 20_130_000;
    t.server(message(0));
    expect(t.events()).toEqual([
      {
        type: 'icmp',
        status: 'OK',
        start: 1_000_000,
        end: 1_000_000.02013,
        'source.bytes': 4,
        'destination.bytes': 4,
        path: '10.0.0.2',
        'icmp.version': 4,
        'icmp.request.type': 8,
        'icmp.request.code': 0,
        'icmp.request.message': 'EchoRequest',
        'icmp.response.type': 0,
        'icmp.response.code': 0,
        'icmp.response.message': 'EchoReply',
      },
    ]);
  });

  it.each([
    [8, 0, 'EchoReply'],
    [13, 14, 'TimestampReply'],
    [15, 16, 'InfoReply'],
    [17, 18, 'AddressMaskReply'],
  ])('pairs %i with %i', (request, response, name) => {
    const events = session().client(message(request)).server(message(response)).events();
    expect(events).toMatchObject([{ status: 'OK', 'icmp.response.message': name }]);
  });

  it('pairs the echo of version 6 only with its own types', () => {
    const t = session({ ipVersion: 6, icmpType: 128 });
    t.client(message(128)).server(message(129)).client(message(8)).client(message(0));
    expect(
      t.events().map((e) => [e['icmp.version'], e['icmp.request.message'], e['icmp.response.message']]),
    ).toEqual([
      [6, 'EchoRequest', 'EchoReply'],
      [6, '8(0)', undefined],
      [6, '0(0)', undefined],
    ]);
  });

  it('keeps types, ids and sequence numbers apart, in any order', () => {
    const t = session();
    t.client(message(8, 0, 7, 1))
      .client(message(8, 0, 7, 2))
      .client(message(13, 0, 7, 1))
      .client(message(8, 0, 9, 1));
    t.server(message(0, 0, 7, 2, 'b'))
      .server(message(14, 0, 7, 1, 'ccc'))
      .server(message(0, 0, 9, 1, 'dddd'));
    t.server(message(0, 0, 7, 1, ''));
    expect(t.events().map((e) => [e['icmp.request.type'], e['destination.bytes']])).toEqual([
      [8, 1],
      [13, 3],
      [8, 4],
      [8, 0],
    ]);
  });

  it('takes either end of the flow for the one that asks', () => {
    const t = session().server(message(8)).client(message(0));
    expect(t.events()).toMatchObject([{ swapped: true, path: '10.0.0.1', status: 'OK' }]);
  });

  it('pairs what a host sends to itself', () => {
    expect(session().client(message(8)).client(message(0)).events()).toMatchObject([{ status: 'OK' }]);
  });
});

describe('what does not pair', () => {
  it('reports a response nobody asked for, from the end that did not ask', () => {
    const t = session().client(message(0));
    expect(t.events()).toEqual([
      {
        type: 'icmp',
        status: 'Error',
        end: 1_000_000,
        'destination.bytes': 4,
        swapped: true,
        path: '10.0.0.1',
        'icmp.version': 4,
        'icmp.response.type': 0,
        'icmp.response.code': 0,
        'icmp.response.message': 'EchoReply',
        'error.message': 'Response was received without an associated request.',
      },
    ]);
    expect(t.counters.snapshot()['icmp.unmatched_responses']).toBe(1);
  });

  it('reports requests without response after the time-out and at the end', () => {
    const t = session()
      .client(message(8, 0, 7, 1))
      .wait(11);
    expect(t.events()).toMatchObject([
      { status: 'Error', 'error.message': 'Request was received without an associated response.' },
    ]);
    t.client(message(8, 0, 7, 2)).end('idle');
    expect(t.events()).toHaveLength(2);
    expect(t.events()[1]).not.toHaveProperty('end');
    expect(t.counters.snapshot()['icmp.unmatched_requests']).toBe(2);
  });

  it('closes a request that comes again', () => {
    const t = session().client(message(8)).wait(1).client(message(8)).server(message(0));
    expect(t.events().map((e) => [e.status, e['error.message']])).toEqual([
      [
        'Error',
        'Another request with the same Id and Seq was received so this request was closed without receiving a response.',
      ],
      ['OK', undefined],
    ]);
    expect(t.counters.snapshot()['icmp.duplicate_requests']).toBe(1);
  });

  it('does not mistake a frame captured twice for a request sent twice, nor its response', () => {
    const t = session().client(message(8));
    t.nanoseconds = 28_000;
    t.client(message(8));
    t.nanoseconds = 3_000_000;
    t.server(message(0)).server(message(0));
    expect(t.events()).toMatchObject([{ status: 'OK', start: 1_000_000 }]);
    expect(t.counters.snapshot()).toMatchObject({ 'icmp.frame.copied': 2, 'icmp.unmatched_responses': 0 });
  });

  it('does not take other bytes for a copy', () => {
    const t = session()
      .client(message(8, 0, 7, 1, 'abcd', 1))
      .client(message(8, 0, 7, 1, 'abce', 2))
      .server(message(0));
    expect(t.events().map((e) => e.status)).toEqual(['Error', 'OK']);
  });
});

describe('single messages', () => {
  it.each([
    [4, 3, 3, 'DestinationUnreachable(Port)', 'Error'],
    [4, 3, 99, 'DestinationUnreachable(Code: 99)', 'Error'],
    [4, 4, 0, 'SourceQuench', 'Error'],
    [4, 5, 1, 'Redirect(Host)', 'OK'],
    [4, 11, 0, 'TimeExceeded(TTLExceeded)', 'Error'],
    [4, 12, 2, 'ParameterProblem(BadLength)', 'Error'],
    [4, 9, 1, 'RouterAdvertisement(Code: 1)', 'OK'],
    [4, 200, 4, '200(4)', 'OK'],
    [6, 1, 4, 'DestinationUnreachable(PortUnreachable)', 'Error'],
    [6, 2, 0, 'PacketTooBig', 'Error'],
    [6, 3, 1, 'TimeExceeded(FragmentReassemblyTimeExceeded)', 'Error'],
    [6, 135, 0, 'NeighborSolicitation', 'OK'],
    [6, 143, 0, '143(0)', 'OK'],
  ] as const)('version %i, type %i, code %i is %s, %s', (ipVersion, type, code, name, status) => {
    const [event] = session({ ipVersion, icmpType: type }).client(message(type, code)).events();
    expect(event).toMatchObject({
      status,
      'icmp.request.type': type,
      'icmp.request.code': code,
      'icmp.request.message': name,
      'source.bytes': 4,
    });
    expect(event).not.toHaveProperty('error.message');
  });
});

describe('hostile input', () => {
  it('takes a message cut at any byte', () => {
    const whole = message(8);
    for (let size = 0; size < whole.length; size++) {
      const t = session().client(whole.subarray(0, size)).server(message(0).subarray(0, size)).end();
      expect(t.events().length).toBe(size < 4 ? 0 : 1);
      expect(t.counters.snapshot()['icmp.message.short']).toBe(size < 4 ? 2 : 0);
      expect(t.logs).toEqual([]);
    }
  });

  it('keeps a bounded number of requests', () => {
    const t = session();
    for (let seq = 0; seq < 3000; seq++) t.client(message(8, 0, 7, seq));
    expect(t.events().length).toBe(3000 - 1024);
    t.end();
    expect(t.events().length).toBe(3000);
    expect(t.rows.open).toBe(0);
  });
});
