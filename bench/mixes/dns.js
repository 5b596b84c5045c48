/** DNS over UDP. */
import { DNS_CODE, DNS_TYPE, dnsAnswer, dnsQuery } from '../../dist/demo/dns.js';
import { udpFrame } from '../../dist/demo/packets.js';
import { CLIENT, clientEnd, PACKET_NANOS, SERVER } from '../connections.js';
import { Template } from '../template.js';

const V4 = [192, 0, 2, 1];
const V6 = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const SHOP = { name: 'host-00000000.shop.example.com', a: [V4], aaaa: [V6], code: DNS_CODE.ok };
const CDN = { name: 'cdn-00000000.example.net', a: [V4, V4, V4], aaaa: [], code: DNS_CODE.ok };
const UNKNOWN = { name: 'no-such-00000000.example.org', a: [], aaaa: [], code: DNS_CODE.noName };
const LOOKUPS = [SHOP, CDN, SHOP, UNKNOWN];

/** Queries for A and AAAA of a name from one port, as resolvers ask; no name twice. Answers come 50 queries later. */
function writeDns(file, count) {
  const questions = LOOKUPS.flatMap(({ name, a, aaaa, code }) => [
    { type: DNS_TYPE.a, name, addresses: a, code },
    { type: DNS_TYPE.aaaa, name, addresses: aaaa, code },
  ]);
  const pairs = questions.map(({ type, name, addresses, code }) => {
    const question = { id: 0, name, type };
    const answers = addresses.map((address) => ({ type, data: Buffer.from(address) }));
    return [
      new Template(udpFrame(CLIENT, SERVER, 0, 53, dnsQuery(question)), 'source'),
      new Template(udpFrame(SERVER, CLIENT, 53, 0, dnsAnswer(question, answers, code)), 'destination'),
    ];
  });
  const delay = 50;
  let time = 0;
  const write = (i, which) => {
    if (i < 0 || i >= count) return;
    pairs[i % pairs.length][which].datagram(file, time, clientEnd(i >> 1), (i * 40_503) & 0xffff, i >> 1);
    time += PACKET_NANOS;
  };
  for (let i = 0; i < count + delay; i++) {
    write(i, 0);
    write(i - delay, 1);
  }
}

export const dns = {
  name: 'm3-dns',
  about: 'DNS over UDP, A and AAAA',
  protocol: 'dns',
  exchanges: 400_000,
  unit: 2,
  write(file, count) {
    writeDns(file, count);
    return { exchanges: count, flows: count / 2 };
  },
};
