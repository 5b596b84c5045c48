/**
 * sipp in both roles in namespaces of hosts.ts. One call of the scenario is thirteen messages: a registration that is
 * challenged, an invitation that is refused, a call. What sipp logs (-trace_msg) is the truth; of a socket of its own for each
 * call (-t tn) the caller does not log the first message, the callee does.
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NetHost } from '../hosts.js';
import { Server } from '../servers.js';

export const SIP_PORT = 5060;
export const MESSAGES_PER_CALL = 13;
/** Never in an event: it is only in the proof of REGISTER. */
export const PASSWORD = 'open sesame';

/** sipp's -t: u1, un (UDP), t1, tn (TCP; one socket, or one a call). */
export type SippTransport = 'u1' | 'un' | 't1' | 'tn';

export interface SipMessage {
  readonly sent: boolean;
  /** The message as it was, latin-1. */
  readonly text: string;
}

const answer = (first: string, lines: readonly string[] = [], body = '', tag = '') => `
  <send><![CDATA[
${first}
[last_Via:]
[last_From:]
[last_To:]${tag}
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
${[...lines, 'Content-Length: [len]'].join('\n')}

${body}
  ]]></send>`;

const description = (owner: string) => `v=0
o=${owner} 42 43 IN IP[local_ip_type] [local_ip]
s=Talk
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio 6000 RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
m=video 0 RTP/AVP 99`;

const ask = (method: string, sequence: number, lines: readonly string[] = [], body = '') => `
  <send><![CDATA[
${method} sip:bob@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: "Alice" <sip:alice@[local_ip]:[local_port]>;tag=[pid]uac[call_number]
To: Bob <sip:bob@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: ${sequence} ${method}
${[...lines, 'Content-Length: [len]'].join('\n')}

${body}
  ]]></send>`;

const expectRequest = (method: string) => `<recv request="${method}" crlf="true"/>`;
const expectAnswer = (code: number, more = '') => `<recv response="${code}" ${more}/>`;
const scenario = (steps: readonly string[]) =>
  `<?xml version="1.0" encoding="ISO-8859-1"?>\n<scenario name="pbfast">${steps.join('\n')}\n</scenario>\n`;

const CALLER = scenario([
  ask('REGISTER', 1, [
    'Contact: <sip:alice@[local_ip]:[local_port];line=abc>;expires=60;q=0.5',
    'Expires: 60',
  ]),
  expectAnswer(401, 'auth="true"'),
  ask('REGISTER', 2, [
    'Contact: <sip:alice@[local_ip]:[local_port];line=abc>;expires=60;q=0.5',
    `[authentication username=alice password=${PASSWORD}]`,
  ]),
  expectAnswer(200),
  ask('INVITE', 3, ['User-Agent: first phone', 'Subject: refused']),
  expectAnswer(486),
  ask('ACK', 3),
  ask(
    'INVITE',
    4,
    ['User-Agent: second phone', 'Allow: INVITE, ACK,BYE', 'Supported: timer', 'c: application/sdp'],
    description('alice'),
  ),
  expectAnswer(180),
  expectAnswer(200),
  ask('ACK', 4),
  ask('BYE', 5, ['Reason: SIP ;cause=200 ;text="done"']),
  expectAnswer(200),
]);

const CALLEE = scenario([
  expectRequest('REGISTER'),
  answer(
    'SIP/2.0 401 Unauthorized',
    ['WWW-Authenticate: Digest realm="test realm", nonce="0a1b2c", algorithm=MD5, qop="auth"'],
    '',
    ';tag=[pid]uas[call_number]',
  ),
  expectRequest('REGISTER'),
  answer('SIP/2.0 200 OK', ['P-Associated-URI: <sip:+4930123@[local_ip]>, <tel:+4930123>']),
  expectRequest('INVITE'),
  answer('SIP/2.0 486 Busy Here'),
  expectRequest('ACK'),
  expectRequest('INVITE'),
  answer('SIP/2.0 180 Ringing', ['Accept: Application/SDP, text/plain']),
  answer('SIP/2.0 200 OK', ['Server: callee', 'Content-Type: application/sdp'], description('-')),
  expectRequest('ACK'),
  expectRequest('BYE'),
  answer('SIP/2.0 200 OK'),
]);

const LOG = 'messages.log';
const logTo = (folder: string) => ['-trace_msg', '-message_file', join(folder, LOG)];
const common = (host: string, transport: SippTransport) => [
  '-i',
  host,
  '-t',
  transport,
  '-nr',
  '-nostdin',
  '-max_socket',
  '2000',
];

export interface Callee {
  readonly server: Server;
  /** Every message of its log. */
  messages(): SipMessage[];
}

/** The callee, on port 5060 of `address`. */
export async function startSip(host: NetHost, address: string, transport: SippTransport): Promise<Callee> {
  const server = await Server.start(host, (folder) => {
    const file = join(folder, 'callee.xml');
    writeFileSync(file, CALLEE);
    const args = ['-sf', file, '-p', `${SIP_PORT}`, ...common(address, transport), ...logTo(folder)];
    return { program: 'sipp', args, ports: [SIP_PORT] };
  });
  return { server, messages: () => readLog(server.folder) };
}

/** Makes `calls` calls, and returns every message of the caller's log. */
export async function callSip(
  host: NetHost,
  from: string,
  to: string,
  transport: SippTransport,
  calls: number,
): Promise<SipMessage[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pbfast-sipp-'));
  try {
    const file = join(folder, 'caller.xml');
    writeFileSync(file, CALLER);
    const target = to.includes(':') ? `[${to}]:${SIP_PORT}` : `${to}:${SIP_PORT}`;
    const args = ['-sf', file, target, '-m', `${calls}`, '-r', '100', '-timeout', '60', ...logTo(folder)];
    const child = host.start('sipp', [...args, ...common(from, transport)], { stdio: 'ignore', cwd: folder });
    await once(child, 'exit');
    if (child.exitCode !== 0) throw new Error(`sipp ended with ${child.exitCode}`);
    return readLog(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `UDP message sent (563 bytes):`, `TCP message received [309] bytes :`, an empty line, the message. */
function readLog(folder: string): SipMessage[] {
  const log = readFileSync(join(folder, LOG), 'latin1');
  const messages: SipMessage[] = [];
  for (const match of log.matchAll(/^(?:UDP|TCP) message (sent|received) [([](\d+)[^\n]*\n\n/gm)) {
    const start = match.index + match[0].length;
    messages.push({ sent: match[1] === 'sent', text: log.slice(start, start + Number(match[2])) });
  }
  return messages;
}
