/** SIP on a live device: every message of sipp's log is an event, once, with the same fields; UDP and TCP, IPv4 and IPv6. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canNetns, Hosts, havePrograms } from '../support/hosts.js';
import { type Entry, LiveCapture, until } from '../support/live.js';
import {
  callSip,
  MESSAGES_PER_CALL,
  PASSWORD,
  type SipMessage,
  type SippTransport,
  startSip,
} from '../support/servers/sip.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CALLS = process.env.PBFAST_LONG === '1' ? 500 : 50;

const able = canNetns() && havePrograms('sipp');
if (!able) console.warn('sip: root, network namespaces and sipp are needed; tests are skipped');

/** What a message says, read with patterns of our own: lines, names in full or compact. */
function said({ sent, text }: SipMessage, from: string, to: string) {
  const [head, body] = text.split('\r\n\r\n') as [string, string];
  const [first, ...lines] = head.split('\r\n') as [string, ...string[]];
  const all = (...names: string[]) =>
    lines
      .map((line) => /^([^:]*?)\s*:\s*(.*)$/.exec(line)!)
      .filter(([, name]) => names.includes(name!.toLowerCase()))
      .map(([, , value]) => value!);
  const one = (...names: string[]) => all(...names)[0];
  const inside = (value: string | undefined, pattern: RegExp) =>
    value ? pattern.exec(value)?.[1] : undefined;
  const request = /^(\S+) (\S+) SIP/.exec(first);
  const response = /^SIP\/2.0 (\d+) (.*)$/.exec(first);
  const contact = one('contact', 'm');
  const length = Number(one('content-length', 'l'));
  const authorization = one('authorization');
  const tel = 'P-Associated-URI';
  return {
    source: sent ? from : to,
    original: text.replace(
      /response="([^"]*)"/,
      (_, proof: string) => `response="${'*'.repeat(proof.length)}"`,
    ),
    method: request?.[1],
    uri: request?.[2],
    code: response ? Number(response[1]) : undefined,
    phrase: response?.[2],
    status: response && Number(response[1]) >= 400 ? 'Error' : 'OK',
    action: `sip-${one('cseq')!.split(' ')[1]!.toLowerCase()}`,
    sequence: Number(one('cseq')!.split(' ')[0]),
    call: one('call-id', 'i'),
    fromTag: inside(one('from', 'f'), /;tag=(.*)/),
    toTag: inside(one('to', 't'), /;tag=(.*)/),
    fromUri: inside(one('from', 'f'), /<(.*)>/),
    toUri: inside(one('to', 't'), /<(.*)>/),
    via: all('via', 'v'),
    agent: one('user-agent'),
    contact: inside(contact, /<(.*?)>/),
    expires: contact?.includes('expires=60') ? 60 : undefined,
    line: contact?.includes('line=') ? 'abc' : undefined,
    length: length > 0 ? length : undefined,
    type: one('content-type', 'c'),
    hops: Number(one('max-forwards')) || undefined,
    allow: one('allow') ? ['invite', 'ack', 'bye'] : undefined,
    accept: one('accept')?.toLowerCase(),
    associated: inside(head.includes(tel) ? one(tel.toLowerCase()) : undefined, /<(.*?)>/),
    realm: inside(authorization, /realm="(.*?)"/),
    user: inside(authorization, /username="(.*?)"/),
    owner: inside(body, /^o=(\S+)/m)?.replace('-', '') || undefined,
    session: body ? inside(body, /^s=(.*?)\r/m) : undefined,
    connection: inside(body, /^c=IN IP. (.*?)\r/m),
    media: body ? [...body.matchAll(/^m=(.*?)\r?$/gm)].map(([, media]) => media) : undefined,
  };
}

/** The same of an event. */
const reported = ({ source, event, sip, status, user }: Entry) => ({
  source: source.ip,
  original: event.original,
  method: sip.method,
  uri: sip.uri?.original,
  code: sip.code,
  phrase: sip.status,
  status,
  action: event.action,
  sequence: sip.cseq.code,
  call: sip.call_id,
  fromTag: sip.from.tag,
  toTag: sip.to.tag,
  fromUri: sip.from.uri.original,
  toUri: sip.to.uri.original,
  via: sip.via.original,
  agent: sip.user_agent?.original,
  contact: sip.contact?.uri.original,
  expires: sip.contact?.expires,
  line: sip.contact?.line,
  length: sip.content_length,
  type: sip.content_type,
  hops: sip.max_forwards,
  allow: sip.allow,
  accept: sip.accept,
  associated: sip.private?.uri.original,
  realm: sip.auth?.realm,
  user: user?.name,
  owner: sip.sdp?.owner.username,
  session: sip.sdp?.session.name,
  connection: sip.sdp?.connection.address,
  media: sip.sdp?.media.description,
});

describe.skipIf(!able)('sip', () => {
  let hosts: Hosts;
  beforeAll(() => {
    expect(existsSync(join(ROOT, 'dist/cli/main.js')), 'built: npm run setup').toBe(true);
    hosts = new Hosts();
  });
  afterAll(() => hosts?.remove());

  it.each<[SippTransport, 'address' | 'address6']>([
    ['u1', 'address'],
    ['un', 'address6'],
    ['t1', 'address'],
    ['tn', 'address6'],
  ])(
    'reports every message once, as sipp logged it: %s, %s',
    async (transport, family) => {
      const { client, server } = hosts;
      const [from, to] = [client[family], server[family]];
      const callee = await startSip(server, to, transport);
      const capture = await new LiveCapture(server, ['--no-flows']).capturing();
      try {
        const called = await callSip(client, from, to, transport, CALLS);
        const answered = () => callee.messages().map(({ sent, text }) => ({ sent: !sent, text }));
        const log = transport === 'tn' ? answered() : called;
        expect(log.length).toBe(CALLS * MESSAGES_PER_CALL);
        await until(() => capture.of('sip').length >= log.length);
        const messages = await capture.end();
        expect(messages).toContain('nothing lost');
        const events = capture.of('sip').map(({ event }) => event);
        const text = (one: unknown) => JSON.stringify(one);
        const seen = events.map((event) => text(reported(event))).sort();
        const truth = log.map((message) => text(said(message, from, to))).sort();
        // The first that differs, not thousands.
        expect(seen.find((one, i) => one !== truth[i])).toBe(truth.find((one, i) => one !== seen[i]));
        expect(seen.length).toBe(truth.length);
        const proofs = log.map((message) => /response="([^"]*)"/.exec(message.text)?.[1]).filter(Boolean);
        expect(proofs.length).toBe(CALLS);
        const everything = text(events);
        for (const secret of [...proofs, PASSWORD]) expect(everything).not.toContain(secret);
      } finally {
        await capture.end().catch(() => {});
        await callee.server.stop();
      }
    },
    60_000,
  );
});
