/**
 * The first event of an example session (examples/<protocol>.js), as pbfast makes it of a capture: for the pages of
 * docs/protocols and the test that they are right. Between documentation addresses (RFC 5737), so that no machine is an end.
 */
import { existsSync } from 'node:fs';
import { echoFrame, udpFrame } from '../../dist/demo/packets.js';
import { PcapImage } from '../../dist/demo/pcap.js';
import { Connection } from '../../dist/demo/tcp.js';

const CLIENT = { mac: [2, 0, 0, 0, 0, 10], ip: [192, 0, 2, 10], vlan: 0 };
const SERVER = { mac: [2, 0, 0, 0, 0, 20], ip: [192, 0, 2, 20], vlan: 0 };
const CLIENT_PORT = 40_000;
/** Between two packets. */
const STEP_NANOS = 1_000_000;

/** The session of an analyzer, or undefined where there is none. */
export async function findExample(name) {
  const url = new URL(`examples/${name}.js`, import.meta.url);
  return existsSync(url) ? (await import(url.href)).example : undefined;
}

/** A capture of the session. */
export function exampleCapture({ transports, ports }, { transport = transports[0], packets }) {
  const image = new PcapImage();
  const [port] = ports;
  if (transport === 'tcp') {
    const ends = [CLIENT, SERVER].map((host, i) => ({ host, port: i ? port : CLIENT_PORT }));
    const connection = new Connection(image, 0, ...ends).open();
    for (const [from, bytes] of packets) connection.wait(STEP_NANOS)[from](bytes);
    connection.close();
  } else {
    packets.forEach(([from, bytes], i) => {
      image.frame((i + 1) * STEP_NANOS, datagram(transport, port, from === 'client', bytes));
    });
  }
  return image.image();
}

function datagram(transport, port, isClient, text) {
  const hosts = isClient ? [CLIENT, SERVER] : [SERVER, CLIENT];
  const bytes = Buffer.from(text, 'latin1');
  if (transport === 'icmp') return echoFrame(...hosts, !isClient, 1, 1, bytes);
  return udpFrame(...hosts, ...(isClient ? [CLIENT_PORT, port] : [port, CLIENT_PORT]), bytes);
}

/** What the capture is read with. */
export const exampleRequest = (analyzer, { options = {} }) => ({
  protocols: [{ analyzer, options }],
  flows: null,
  detect: false,
  precision: 3,
  internalNetworks: [],
  name: 'gateway',
  linePrefix: '',
});
