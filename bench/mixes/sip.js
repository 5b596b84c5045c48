/** SIP over UDP: phones register, call, hang up; some calls are refused. Every message is an event. */
import { round, udpMix } from './mix.js';

const CRLF = '\r\n';
const lines = (...list) => list.filter((line) => line !== '').join(CRLF);
const AGENT = 'User-Agent: Phone/4.2 (build 1107)';

/** The head of a message that belongs to the call. */
function message(start, { cseq, tag = '', more = [], body = '' }) {
  const head = lines(
    start,
    'Via: SIP/2.0/UDP 10.1.0.7:5060;branch=z9hG4bK00000000;rport',
    'Max-Forwards: 70',
    'From: "Ada" <sip:ada-00000000@example.com>;tag=a00000000',
    `To: "Bob" <sip:bob-00000000@example.com>${tag}`,
    'Call-ID: 00000000-call@10.1.0.7',
    `CSeq: ${cseq}`,
    ...more,
    body && 'Content-Type: application/sdp',
    `Content-Length: ${body.length}`,
  );
  return `${head}${CRLF}${CRLF}${body}`;
}

const TAG = ';tag=b00000000';
const CONTACT = 'Contact: <sip:ada-00000000@10.1.0.7:5060;transport=udp>;expires=3600';
const answer = (status, cseq, more = [], body = '') =>
  message(`SIP/2.0 ${status}`, { cseq, tag: TAG, more, body });
const digest = (uri) =>
  `Authorization: Digest username="ada-00000000", realm="example.com", nonce="f1c300000000", uri="${uri}", response="6629fae49393a05397450978507c4ef1", algorithm=MD5`;

const sdp = lines(
  'v=0',
  'o=ada 00000000 2890844527 IN IP4 10.1.0.7',
  's=call',
  'c=IN IP4 10.1.0.7',
  't=0 0',
  'm=audio 49170 RTP/AVP 0 8 97',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:97 iLBC/8000',
  'a=sendrecv',
  '\r\n',
).trimEnd();

const HOME = 'sip:example.com';
const BOB = 'sip:bob-00000000@example.com';
const ALLOW = 'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY';
const request = (method, uri, number, more = [], body = '') =>
  message(`${method} ${uri} SIP/2.0`, { cseq: `${number} ${method}`, more: [AGENT, ...more], body });

const register = [
  { client: request('REGISTER', HOME, 1, [CONTACT]) },
  {
    server: answer('401 Unauthorized', '1 REGISTER', [
      'WWW-Authenticate: Digest realm="example.com", nonce="f1c300000000"',
    ]),
  },
  { client: request('REGISTER', HOME, 2, [CONTACT, digest(HOME)]) },
  { server: answer('200 OK', '2 REGISTER', [CONTACT]) },
];
const call = [
  { client: request('INVITE', BOB, 3, [CONTACT, ALLOW, 'Supported: replaces, timer'], sdp) },
  { server: answer('100 Trying', '3 INVITE') },
  { server: answer('180 Ringing', '3 INVITE', [CONTACT]) },
  { server: answer('200 OK', '3 INVITE', [CONTACT, ALLOW], sdp) },
  { client: request('ACK', BOB, 3) },
  { client: request('BYE', BOB, 4) },
  { server: answer('200 OK', '4 BYE') },
];
const refused = [
  { client: request('INVITE', BOB, 5, [CONTACT, ALLOW], sdp) },
  { server: answer('100 Trying', '5 INVITE') },
  { server: answer('486 Busy Here', '5 INVITE', ['Reason: Q.850;cause=17']) },
  { client: request('ACK', BOB, 5) },
];
const alive = [
  { client: request('OPTIONS', HOME, 6, ['Accept: application/sdp']) },
  { server: answer('200 OK', '6 OPTIONS', [ALLOW]) },
];

export const sip = udpMix({
  name: 'm5-sip',
  about: 'SIP over UDP, registrations with a digest, calls with SDP, refused calls; an event a message',
  protocol: 'sip',
  port: 5060,
  rounds: [register, call, refused, alive].map((messages) => round(messages.length, ...messages)),
});
