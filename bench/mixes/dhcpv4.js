/** DHCPv4: leases from discovery on, their renewal, refusals. Every message is an event. */
import { host, udpFrame } from '../../dist/demo/packets.js';
import { be, join, sized } from '../bytes.js';
import { CLIENT, message, writeDatagrams } from '../connections.js';
import { NUMBER } from '../template.js';

const TYPE = { discover: 1, offer: 2, request: 3, ack: 5, nak: 6 };
const OPTION = {
  mask: 1,
  router: 3,
  dns: 6,
  name: 12,
  domain: 15,
  address: 50,
  lease: 51,
  type: 53,
  server: 54,
  list: 55,
  vendor: 60,
  id: 61,
};
const COOKIE = be(4, 0x63825363);
const NONE = be(4, 0);
const SERVER = host(0xfffffe);
const OWN = Buffer.from(SERVER.ip);
const HARDWARE = join(2, 0, 7, NUMBER);
const LEASED = join(10, NUMBER);
const option = (code, ...parts) => join(code, sized(1, parts));

function packet(type, { reply = false, own = NONE, leased = NONE, options }) {
  const head = [
    reply ? 2 : 1,
    1,
    6,
    0,
    0x3d,
    NUMBER,
    be(2, 0),
    be(2, 0),
    own,
    leased,
    reply ? OWN : NONE,
    NONE,
  ];
  const places = [HARDWARE, Buffer.alloc(10), Buffer.alloc(64 + 128)];
  const body = join(head, places, COOKIE, option(OPTION.type, type), options, 255);
  return join(body, Buffer.alloc(Math.max(0, 300 - body.length)));
}

const asked = [
  option(OPTION.id, 1, HARDWARE),
  option(OPTION.name, 'phone-00000000'),
  option(OPTION.vendor, 'dhcpcd-9.4.1:Linux'),
  option(OPTION.list, [1, 3, 6, 12, 15, 26, 28, 42, 51, 54, 58, 59, 119]),
];
const given = [
  option(OPTION.server, OWN),
  option(OPTION.lease, be(4, 3600)),
  option(58, be(4, 1800)),
  option(59, be(4, 3150)),
  option(OPTION.mask, [255, 255, 0, 0]),
  option(28, [10, 1, 255, 255]),
  option(OPTION.router, [10, 0, 0, 1]),
  option(OPTION.dns, [10, 0, 0, 1], [10, 0, 0, 53]),
  option(OPTION.domain, 'office.example.com'),
];
const chosen = [option(OPTION.address, LEASED), option(OPTION.server, OWN), asked];
const refusal = [option(OPTION.server, OWN), option(56, 'address 00000000 is not yours')];

const EVERYBODY = { mac: Array(6).fill(255), ip: Array(4).fill(255), vlan: 0 };
const NOBODY = { ...CLIENT, ip: [0, 0, 0, 0] };

/** To all, from one who has no address yet. */
const broadcast = (type, content) =>
  message(udpFrame(NOBODY, EVERYBODY, 68, 67, packet(type, content)), true, 'none');
const toServer = (type, content) => message(udpFrame(CLIENT, SERVER, 68, 67, packet(type, content)), true);
const toClient = (type, content) =>
  message(udpFrame(SERVER, CLIENT, 67, 68, packet(type, { reply: true, ...content })), false);

const lease = [
  broadcast(TYPE.discover, { options: asked }),
  toClient(TYPE.offer, { leased: LEASED, options: given }),
  broadcast(TYPE.request, { options: chosen }),
  toClient(TYPE.ack, { leased: LEASED, options: given }),
];
const renewals = [
  toServer(TYPE.request, { own: LEASED, options: asked }),
  toClient(TYPE.ack, { own: LEASED, leased: LEASED, options: given }),
  toServer(TYPE.request, { own: LEASED, options: asked }),
  toClient(TYPE.nak, { options: refusal }),
];
const messages = [...lease, ...renewals];

export const dhcpv4 = {
  name: 'm5-dhcpv4',
  about: 'DHCPv4, four messages for a lease, two for its renewal, two for one refused; an event a message',
  protocol: 'dhcpv4',
  exchanges: 200_000,
  unit: messages.length,
  write(file, count) {
    const connections = count / messages.length;
    // Their number is the address they get.
    const endOf = (n) => ({ address: 0x0a000000 + n, port: 68 });
    writeDatagrams(file, { connections, rounds: [messages], endOf });
    return { exchanges: count, flows: connections + 1 };
  },
};
