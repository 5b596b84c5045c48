/** A SYN scan: nothing but new flows. */
import { FLAG, host, tcpFrame } from '../../dist/demo/packets.js';
import { CLIENT, FIRST_CLIENT, PACKET_NANOS } from '../connections.js';
import { Template } from '../template.js';

/** One host knocks at every address once; two of three answer with a reset, 100 knocks later. */
function writeScan(file, flows) {
  const scanner = host(0xfffffe);
  const ports = [22, 80, 443, 3389];
  const at = (sourcePort, destinationPort, flags) => ({
    sourcePort,
    destinationPort,
    sequence: 0,
    acknowledgment: 0,
    flags,
    payload: Buffer.alloc(0),
  });
  const knock = new Template(tcpFrame(scanner, CLIENT, at(54_321, 0, FLAG.syn)), 'destination');
  const answer = new Template(tcpFrame(CLIENT, scanner, at(0, 54_321, FLAG.rst | FLAG.ack)), 'source');
  const endOf = (i) => ({
    address: FIRST_CLIENT + Math.floor(i / ports.length),
    port: ports[i % ports.length],
  });
  const delay = 100;
  let time = 0;
  for (let i = 0; i < flows + delay; i++) {
    if (i < flows) {
      knock.segment(file, time, endOf(i), 1000 + i, 0, 0);
      time += PACKET_NANOS;
    }
    const late = i - delay;
    if (late < 0 || late % 3 === 2) continue;
    answer.segment(file, time, endOf(late), 0, 1001 + late, 0);
    time += PACKET_NANOS;
  }
}

export const scan = {
  name: 'm6-synscan',
  about: 'SYN scan, every flow one SYN, two of three answered with RST',
  protocol: 'flow',
  exchanges: 1_000_000,
  unit: 3,
  write(file, count) {
    writeScan(file, count);
    return { exchanges: 0, flows: count };
  },
};
