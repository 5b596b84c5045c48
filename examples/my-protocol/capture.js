/**
 * Writes a capture of abacus questions to standard output:
 *   node examples/my-protocol/capture.js > abacus.pcap
 */
import { host } from '../../dist/demo/packets.js';
import { PcapImage } from '../../dist/demo/pcap.js';
import { Connection } from '../../dist/demo/tcp.js';

const image = new PcapImage();
const client = { host: host(1), port: 40_000 };
new Connection(image, 0, client, { host: host(2), port: 7077 })
  .open()
  .client('ADD 1 2\n')
  .wait(2_000_000)
  .server('= 3\n')
  // Two at once, the answers in pieces.
  .client('MUL 6 7\nDIV 1 0\n')
  .server('= 4')
  .server('2\n! no such ')
  .server('number\n')
  .client('SUM 1 2 3 4\n')
  .close();
// On another port: known by its content.
new Connection(image, 1e9, { ...client, port: 40_001 }, { host: host(2), port: 9999 })
  .open()
  .client('ADD 20 22\n')
  .server('= 42\n')
  .close();
process.stdout.write(image.image());
