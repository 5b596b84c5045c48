/**
 * Sends DHCP messages that udhcpc does not send, and prints every message it sent or was sent: one JSON line each.
 *   node dhcpv4.js OWN-ADDRESS COUNT
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const [own, count] = [process.argv[2], Number(process.argv[3])];
const BROADCAST = 0x8000;
const WAIT_MS = 2000;

const ip = (text) => text.split('.').map(Number);
const option = (code, data) => {
  const bytes = Buffer.from(data);
  return [code, bytes.length, ...bytes];
};

function message(n, type, options, { relay, client, file = [], name = [] } = {}) {
  const bytes = Buffer.alloc(240);
  bytes.set([1, 1, 6, relay ? 1 : 0]);
  bytes.writeUInt32BE(0x70000000 + n, 4);
  bytes.writeUInt16BE(n, 8);
  bytes.writeUInt16BE(BROADCAST, 10);
  if (client) bytes.set(ip(client), 12);
  if (relay) bytes.set(ip(relay), 24);
  bytes.set([2, 0, 0, 0, 2, n & 255], 28);
  bytes.set(name, 44);
  bytes.set(file, 108);
  bytes.writeUInt32BE(0x63825363, 236);
  return Buffer.concat([bytes, Buffer.from([...option(53, [type]), ...options, 255])]);
}

/** Each with what it is answered by: a message type, or 0 for nothing. */
const KINDS = [
  // Addresses that are not this client's.
  [6, (n) => message(n, 3, [...option(50, ip('10.98.0.230')), ...option(54, ip('10.98.0.2'))])],
  [6, (n) => message(n, 3, option(50, ip('10.98.0.231')))],
  [5, (n) => message(n, 8, [...option(55, [1, 3, 6, 15]), ...option(57, [2, 64])], { client: own })],
  [
    0,
    (n) =>
      message(n, 4, [
        ...option(50, ip('10.98.0.232')),
        ...option(54, ip('10.98.0.2')),
        ...option(56, 'in use'),
      ]),
  ],
  [0, (n) => message(n, 7, option(54, ip('10.98.0.2')), { client: own })],
  // A name in two parts, options in the other fields, what relays add.
  [5, (n) => message(n, 8, [...option(12, `pc${n}-`), ...option(12, 'rest')], { client: own })],
  [
    5,
    (n) =>
      message(n, 8, option(52, [3]), {
        client: own,
        file: [...option(12, `pc${n}`), 255],
        name: [...option(60, 'in the name'), 255],
      }),
  ],
  [
    0,
    (n) =>
      message(n, 4, [...option(82, [...option(1, `eth0:${n}`), ...option(2, [0, n & 255])])], { relay: own }),
  ],
];

const print = (sent, bytes) => console.log(JSON.stringify({ sent, hex: bytes.toString('hex') }));

const socket = createSocket({ type: 'udp4', reuseAddr: true });
let answered;
socket.on('message', (bytes) => {
  print(false, bytes);
  answered?.(bytes);
});
socket.bind(68);
await once(socket, 'listening');
socket.setBroadcast(true);

for (let n = 1; n <= count; n++) {
  const [answer, make] = KINDS[n % KINDS.length];
  const bytes = make(n);
  const answerCame = new Promise((done) => {
    answered = done;
  });
  socket.send(bytes, 67, '10.98.0.255');
  print(true, bytes);
  if (answer > 0 && !(await Promise.race([answerCame, sleep(WAIT_MS)])))
    throw new Error(`no answer to message ${n}`);
}
await sleep(100);
socket.close();
