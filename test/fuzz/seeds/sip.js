/** SIP messages that the fuzzer starts from. */
const SDP =
  'v=0\r\no=- 42 43 IN IP4 10.0.2.20\r\ns=-\r\nc=IN IP4 10.0.2.21\r\nm=audio 6000 RTP/AVP 8 101\r\na=crypto:1 AES inline:abc\r\nm=video 7000 RTP/AVP 99\r\n';
const message = (first, lines, body = '') =>
  `${first}\r\n${lines.map((line) => `${line}\r\n`).join('')}Content-Length: ${body.length}\r\n\r\n${body}`;
const dialog = (method) => [
  'Via: SIP/2.0/UDP pc.test:5060;branch=z9hG4bK1',
  'From: "Alice" <sip:alice@a.test>;tag=fa',
  'To: <sip:bob@b.test>;tag=tb',
  'Call-ID: call1@pc.test',
  `CSeq: 1 ${method}`,
];

export const seeds = [
  message(
    'INVITE sip:bob:secret@[2001:db8::1]:5060;transport=udp?h=v SIP/2.0',
    [...dialog('INVITE'), 'Content-Type: application/sdp', 'Allow: INVITE, ACK'],
    SDP,
  ),
  message('SIP/2.0 200 OK', [
    ...dialog('INVITE'),
    'Contact: <sip:b@c;line=x>;expires=60;q=0.5, <sip:d@e>',
    'User-Agent: a',
    '\tb',
  ]),
  message('REGISTER sip:b.test SIP/2.0', [
    ...dialog('REGISTER'),
    'Authorization: Digest username="bob", realm="r", uri="sip:r", response="abc"',
  ]),
  'BYE tel:+123 SIP/2.0\r\nv: x\r\nf: sip:a@b;tag=1\r\nt: <sip:c@d>\r\ni: 1\r\nl: 0\r\n\r\n',
  message('SIP/2.0 404 Not Found', dialog('OPTIONS')),
  '\r\n\r\n',
];
