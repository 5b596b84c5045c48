/** SIP messages for tests, put together from lines. */

export const SDP = [
  'v=0',
  'o=alice 42 43 IN IP4 10.0.2.20',
  's=Call',
  'c=IN IP4 10.0.2.21',
  't=0 0',
  'm=audio 6000 RTP/AVP 8 101',
  'a=rtpmap:8 PCMA/8000',
  '',
].join('\r\n');

/** The head and, with its length, the body; `lines` may bring a header's own length. */
export function message(first: string, lines: readonly string[] = [], body = ''): string {
  const has = lines.some((line) => /^(content-length|l)\s*:/i.test(line));
  const all = has ? lines : [...lines, `Content-Length: ${body.length}`];
  return `${[first, ...all].join('\r\n')}\r\n\r\n${body}`;
}

/** The headers every request has. */
export const dialog = (method: string, n = 1): string[] => [
  `Via: SIP/2.0/UDP pc.test:5060;branch=z9hG4bK${n}`,
  'Max-Forwards: 70',
  'From: "Alice" <sip:alice@a.test>;tag=fa',
  'To: <sip:bob@b.test>;tag=tb',
  `Call-ID: call${n}@pc.test`,
  `CSeq: ${n} ${method}`,
];

export const request = (method: string, lines: readonly string[] = [], body = '', n = 1): string =>
  message(`${method} sip:bob@b.test SIP/2.0`, [...dialog(method, n), ...lines], body);

export const response = (code: number, phrase: string, method = 'INVITE', n = 1): string =>
  message(`SIP/2.0 ${code} ${phrase}`, dialog(method, n));
