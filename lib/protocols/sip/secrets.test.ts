import { describe, expect, it } from 'vitest';
import { TestSession } from '../../../test/support/session.js';
import { dialog, message, request, SDP } from '../../../test/support/sip-wire.js';
import { sip } from './analyzer.js';

const SECRET = 's3cr3t';

function event(text: string, options = {}) {
  const t = new TestSession(sip, options, { transport: 'udp' });
  t.client(text);
  return t.events()[0]!;
}

describe('secrets', () => {
  it.each([
    [`Authorization: Digest username="u", response="${SECRET}", nc=1`],
    [`authorization : digest\tusername=u,RESPONSE =  ${SECRET}`],
    [`Authorization: Digest username="u", realm="never closed, response="${SECRET}"`],
    ['Authorization: Digest username="u",', `\tresponse="${SECRET}"`],
    [`Authorization: Basic ${SECRET}`],
    [`Authorization: Bearer ${SECRET} ${SECRET}`],
    [`Proxy-Authorization: Digest response="${SECRET}"`],
    [`Authentication-Info: qop=auth, rspauth="${SECRET}"`],
    [`Proxy-Authentication-Info: rspauth=${SECRET}`],
    [`Contact: <sip:x:${SECRET}@h>`],
    [`Contact: <sip:y@h>, <SIPS:x:${SECRET}@h>`],
    [`Contact: <sip:y@h>`, `Contact: <sip:x:${SECRET}@h>`],
    [`m: sip:x:${SECRET}@h;expires=5`],
    [`P-Associated-URI: <sip:x:${SECRET}@h>`],
    [`Route: <sip:h;lr>, <sip:x:${SECRET}@h>`],
    [`Refer-To: "sip" <sip:x:pass:${SECRET}@h>`],
    [`r: sip:x:${SECRET}@h`],
  ])('of %j reach no event', (...lines) => {
    const text = request('INVITE', lines, SDP);
    const got = event(text);
    expect(JSON.stringify(got)).not.toContain(SECRET);
    expect(got['event.original']).toHaveLength(text.length);
    expect(got['event.original'].replaceAll('*', '')).not.toBe('');
    expect(JSON.stringify(event(text, { redact_authorization: false }))).toContain(SECRET);
  });

  it.each(['From', 'To'])('in the URI of %s reach no event', (name) => {
    const got = event(message('OPTIONS sip:x SIP/2.0', [`${name}: <sip:x:${SECRET}@h>;tag=1`]));
    expect(JSON.stringify(got)).not.toContain(SECRET);
    const place = `sip.${name.toLowerCase()}`;
    expect(got).toMatchObject({
      [`${place}.uri.username`]: 'x',
      [`${place}.uri.original`]: 'sip:x:******@h',
      [`${place}.tag`]: '1',
    });
  });

  it('in the URI of the request reach no event, not without the original either', () => {
    const text = message(`OPTIONS sip:x:${SECRET}@h:5 SIP/2.0`, dialog('OPTIONS'));
    for (const options of [{}, { keep_original: false }]) {
      const got = event(text, options);
      expect(JSON.stringify(got)).not.toContain(SECRET);
      expect(got).toMatchObject({
        'sip.uri.original': 'sip:x:******@h:5',
        'sip.uri.port': 5,
        'sip.call_id': 'call1@pc.test',
      });
    }
  });

  it.each([
    [
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${SECRET}|2^20`,
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:***********',
    ],
    [`a=crypto:1 other ${SECRET}`, 'a=crypto:* ***** ******'],
    [`A=ICE-PWD:${SECRET}`, 'A=ICE-PWD:******'],
    [`a=key-mgmt:mikey ${SECRET}`, 'a=key-mgmt:***** ******'],
    [`k=clear:${SECRET}`, 'k=************'],
  ])('of the line %j reach no event', (line, masked) => {
    const body = `${SDP}${line}\r\na=sendrecv\r\n`;
    for (const [type, options] of [
      ['application/sdp', {}],
      ['application/sdp', { keep_original: false }],
      ['application/sdp', { parse_body: false }],
      ['multipart/mixed', {}],
    ] as const) {
      const got = event(request('INVITE', [`Content-Type: ${type}`], body), options);
      expect(JSON.stringify(got)).not.toContain(SECRET);
      const text = got['sip.sdp.body.original'] ?? got['event.original'];
      if (text) expect(text).toContain(`${masked}\r\na=sendrecv\r\n`);
    }
  });

  it('leave messages without any as they are', () => {
    const text = request(
      'INVITE',
      ['X: sip:host:5060', 'Y: sip:a@b:5', 'Content-Type: application/sdp'],
      `${SDP}a=cryptonomicon\r\n`,
    );
    expect(event(text)['event.original']).toBe(text);
  });
});
