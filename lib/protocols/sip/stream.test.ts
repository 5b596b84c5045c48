import { describe, expect, it } from 'vitest';
import { cut, TestSession } from '../../../test/support/session.js';
import { dialog, message, request, response, SDP } from '../../../test/support/sip-wire.js';
import { MAX_JUNK, sip } from './analyzer.js';

const TCP = { transport: 'tcp' } as const;
const session = (options = {}, test = {}) => new TestSession(sip, options, { ...TCP, ...test });
const SDP_TYPE = 'Content-Type: application/sdp';

const calls = (t: TestSession) => t.events().map((e) => e['sip.cseq.code']);

describe('streams', () => {
  const requests = [
    request('INVITE', [SDP_TYPE], SDP, 1),
    '\r\n\r\n',
    request('MESSAGE', ['Content-Type: text/plain'], 'INVITE sip:not@this SIP/2.0\r\n\r\n', 2),
    request('ACK', ['Subject: a', ' b'], '', 3),
    '\r\n',
    request('REGISTER', ['Authorization: Digest username="u", response="abcd"'], '', 4),
  ].join('');
  const responses = [
    response(180, 'Ringing', 'INVITE', 1),
    response(200, 'OK', 'INVITE', 1),
    response(404, 'No', 'MESSAGE', 2),
  ].join('');

  it('hold messages one after the other, pings between them', () => {
    const t = session();
    t.client(requests).server(responses);
    expect(
      t.events().map((e) => [e['event.action'], e['sip.code'], e['network.iana_number'], e.swapped]),
    ).toEqual([
      ['sip-invite', undefined, '6', undefined],
      ['sip-message', undefined, '6', undefined],
      ['sip-ack', undefined, '6', undefined],
      ['sip-register', undefined, '6', undefined],
      ['sip-invite', 180, '6', true],
      ['sip-invite', 200, '6', true],
      ['sip-message', 404, '6', true],
    ]);
  });

  it.each([
    [1, {}],
    [2, {}],
    [7, {}],
    [0, {}],
    [1, { keep_original: false }],
    [7, { keep_original: false, parse_body: false }],
  ])('give the same events in pieces of %i bytes with %j', (size, options) => {
    const whole = session(options).client(requests).server(responses).events();
    const t = session(options);
    for (const piece of cut(requests, size)) t.client(piece);
    for (const piece of cut(responses, size, 7)) t.server(piece);
    expect(t.events()).toEqual(whole);
    expect(t.counters.snapshot()['sip.message.lost']).toBe(0);
  });

  it('give the same events or fewer when cut at any byte, and count what is lost', () => {
    const short = `INVITE sip:b SIP/2.0\r\nc: application/sdp\r\nl: 5\r\n\r\nv=0\r\n\r\n\r\nSIP/2.0 200 OK\r\ni: 1\r\nX: a\r\n b\r\n\r\n`;
    const whole = session().client(short).events();
    expect(whole).toHaveLength(2);
    for (let at = 1; at < short.length; at++) {
      const t = session();
      t.client(short.slice(0, at)).end();
      const got = t.events();
      expect(got).toEqual(whole.slice(0, got.length));
      expect(t.rows.open).toBe(0);
      expect(t.counters.snapshot()['sip.message.lost']).toBeLessThanOrEqual(1);
    }
    const t = session();
    t.client(requests.slice(0, 100)).end();
    expect(t.counters.snapshot()['sip.message.lost']).toBe(1);
  });

  it('have the time of their first byte', () => {
    const t = session();
    t.client(requests.slice(0, 50));
    t.seconds += 3;
    t.client(requests.slice(50));
    expect(t.events().map((e) => e.start)).toEqual([1_000_000, 1_000_003, 1_000_003, 1_000_003]);
  });

  it('skip bodies that nobody wants', () => {
    const t = session({ keep_original: false });
    t.client(
      message(
        'MESSAGE sip:x SIP/2.0',
        [...dialog('MESSAGE'), 'Content-Type: text/plain', 'Content-Length: 1000000'],
        'abc',
      ),
    );
    expect(t.events()).toMatchObject([{ 'sip.content_length': 1_000_000 }]);
    expect(t.commands).toMatchObject([{ command: 3, dir: 0 }]);
    t.jump(0, 999_997).client(request('BYE', [], '', 2));
    expect(calls(t)).toEqual([1, 2]);
  });

  it('keep of a long body what an event holds, and skip the rest', () => {
    const t = session();
    const body = 'x'.repeat(300_000);
    const text = message('MESSAGE sip:x SIP/2.0', [...dialog('MESSAGE'), 'Content-Type: text/plain'], body);
    for (const piece of cut(text, 50_000)) t.client(piece);
    t.client(request('BYE', [], '', 2));
    const [long, bye] = t.events();
    expect(long!['event.original']).toBe(text.slice(0, 65_536));
    expect(bye).toMatchObject({ 'sip.method': 'BYE' });
  });

  it('have no body without a length', () => {
    const t = session();
    t.client(
      message('INVITE sip:x SIP/2.0', [...dialog('INVITE'), SDP_TYPE]).replace('Content-Length: 0\r\n', '') +
        request('BYE', [], '', 2),
    );
    expect(calls(t)).toEqual([1, 2]);
  });
});

describe('losing the place', () => {
  it('finds it after a gap, at the next segment that begins like a message', () => {
    const t = session();
    t.client(request('INVITE', [], '', 1))
      .client(request('INFO', [], 'body', 2).slice(0, 60))
      .gap(0, 500);
    t.client('tail of something\r\n\r\n')
      .client(request('BYE', [], '', 3))
      .server(response(200, 'OK', 'BYE', 3));
    expect(calls(t)).toEqual([1, 3, 3]);
    expect(t.counters.snapshot()).toMatchObject({ 'sip.message.lost': 1, 'sip.stream.unsynced_bytes': 21 });
  });

  it('does not lose it in a body that is skipped', () => {
    const t = session({ keep_original: false });
    t.client(message('MESSAGE sip:x SIP/2.0', [...dialog('MESSAGE'), 'Content-Length: 5000'], 'abc'));
    t.gap(0, 4997).client(request('BYE', [], '', 2));
    expect(calls(t)).toEqual([1, 2]);
    expect(t.counters.snapshot()['sip.message.lost']).toBe(0);
  });

  it('loses it when a gap goes beyond', () => {
    const t = session({ keep_original: false });
    t.client(message('MESSAGE sip:x SIP/2.0', [...dialog('MESSAGE'), 'Content-Length: 5000'], 'abc'));
    t.gap(0, 4998)
      .client('NVITE sip:b@b.test SIP/2.0'.slice(1))
      .client(request('BYE', [], '', 2));
    expect(calls(t)).toEqual([1, 2]);
  });

  it('begins in the middle of a connection', () => {
    const t = session();
    t.client(`${SDP}\r\n`)
      .server('ength: 0\r\n\r\n')
      .client(request('BYE', [], '', 2))
      .server(response(200, 'OK', 'BYE', 2));
    expect(calls(t)).toEqual([2, 2]);
  });

  it.each([
    'INVITE sip:x SIP/2.0\r\nContent-Length: 99999999999\r\n\r\n',
    'INVITE sip:x SIP/2.0\r\nContent-Length: 5\r\nl: 6\r\n\r\n',
    'INVITE sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n',
    'INVITE sip:x HTTP/1.1\r\n\r\n',
    'SIP/2.0 2x0 OK\r\n\r\n',
  ])('goes on after %j', (bad) => {
    const t = session();
    t.client(bad).client(request('BYE', [], '', 2));
    expect(calls(t)).toEqual([2]);
    expect(t.counters.snapshot()['sip.message.malformed']).toBe(1);
  });

  it('gives up what is no SIP', () => {
    const t = session();
    for (let size = 0; size <= MAX_JUNK; size += 4096) t.client('\x16'.repeat(4096));
    expect(t.counters.snapshot()['sip.session.dropped']).toBe(1);
  });
});

describe('hostile heads', () => {
  it('that never end are given up, in linear time', () => {
    const t = session();
    const begun = performance.now();
    t.client('INVITE sip:x SIP/2.0\r\n');
    for (let i = 0; i < 70_000; i++) t.client(i % 10 === 9 ? '\n' : 'x');
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()['sip.message.oversized']).toBe(1);
  });

  it('with a great many lines are bounded', () => {
    const t = new TestSession(sip, {}, { transport: 'udp' });
    t.client(message('INVITE sip:x SIP/2.0', Array(2000).fill('v: x')));
    t.client(
      message(
        'INVITE sip:x SIP/2.0',
        Array.from({ length: 1000 }, (_, i) => `v: ${i}`),
      ),
    );
    t.client(
      message('INVITE sip:x SIP/2.0', [`Allow: ${Array.from({ length: 10_000 }, (_, i) => `m${i}`).join()}`]),
    );
    const [vias, allows] = t.events();
    expect(vias!['sip.via.original'].length).toBe(128);
    expect(allows!['sip.allow'].length).toBeGreaterThan(8000);
    expect(allows!['sip.allow'].length).toBeLessThan(8192);
    expect(t.counters.snapshot()['sip.message.oversized']).toBe(1);
  });

  it('of every damaged byte do no harm', () => {
    const text = Buffer.from(
      request(
        'INVITE',
        [
          'Contact: "x" <sip:a:b@[::1]:5;transport=x>;q=0.5',
          'Authorization: Digest response="x',
          SDP_TYPE,
          'X: y',
          '\tz',
        ],
        `${SDP}a=crypto:1\r\n`,
      ),
    );
    for (const transport of ['udp', 'tcp'] as const) {
      const t = new TestSession(sip, {}, { transport });
      for (let i = 0; i < text.length; i++) {
        for (const value of [0, 10, 34, 58, 255]) {
          const bad = Buffer.from(text);
          bad[i] = value;
          t.client(bad);
        }
      }
      expect(t.logs).toEqual([]);
      expect(t.rows.open).toBe(0);
    }
  });
});

describe('unknown ports', () => {
  const detect = (first: string, transport: 'udp' | 'tcp', then: string[] = []) => {
    const t = new TestSession(sip, {}, { transport, detect: true });
    for (const piece of [first, ...then]) t.client(piece);
    return t.events().length;
  };
  const invite = request('INVITE');

  it.each(['udp', 'tcp'] as const)('knows SIP by its first line over %s', (transport) => {
    expect(detect(invite, transport)).toBe(1);
    expect(detect(`\r\n\r\n${invite}`, transport)).toBe(1);
    expect(detect(response(200, 'OK'), transport)).toBe(1);
  });

  it('waits for the whole line', () => {
    expect(detect(invite.slice(0, 12), 'tcp', [invite.slice(12)])).toBe(1);
  });

  it.each([
    'GET / HTTP/1.1\r\n\r\n',
    'OPTIONS rtsp://x RTSP/1.0\r\n\r\n',
    '*1\r\n$4\r\nPING\r\n',
    'HELO x\r\n',
    '\x16\x03\x01\x02\0\x01',
    'SIP/2.0 nothing\r\n\r\n',
    'GET http://x HTTP/1.1\r\n\r\n',
  ])('takes not %j', (other) => {
    expect(detect(other, 'tcp', [invite])).toBe(0);
  });
});
