/** Pings: every client asks ten times, and is answered. */
import { echoFrame } from '../../dist/demo/packets.js';
import { noise } from '../bytes.js';
import { CLIENT, message, SERVER, writeDatagrams } from '../connections.js';

const SIZES = [56, 32, 1000, 56, 120, 64, 56, 8, 400, 56];
const messages = SIZES.flatMap((size, i) => {
  const payload = noise(size, i);
  return [false, true].map((reply) => {
    const [from, to] = reply ? [SERVER, CLIENT] : [CLIENT, SERVER];
    return message(echoFrame(from, to, reply, 4711, i, payload), !reply);
  });
});

export const icmp = {
  name: 'm5-icmp',
  about: 'ICMP, ten echoes a client',
  protocol: 'icmp',
  exchanges: 200_000,
  unit: SIZES.length,
  write(file, count) {
    const connections = count / SIZES.length;
    const endOf = (n) => ({ address: 0x0a010000 + n, port: 0 });
    writeDatagrams(file, { connections, rounds: [messages], endOf });
    return { exchanges: count, flows: connections };
  },
};
