/**
 * Prints HTTP requests slower than a limit: from a capture file, or live.
 *   node examples/slow-requests.js FILE.pcap 100
 *   sudo node examples/slow-requests.js eth0 100
 */
import { existsSync } from 'node:fs';
import { capture, readPcap } from 'pbfast';

const [source = 'eth0', limit = '100'] = process.argv.slice(2);
const options = { protocols: ['http'], flows: false };
const events = await (existsSync(source)
  ? readPcap(source, options)
  : capture({ ...options, device: source }));
process.on('SIGINT', () => events.close());

for await (const event of events) {
  const milliseconds = (event.event?.duration ?? 0) / 1e6;
  if (event.type !== 'http' || milliseconds < Number(limit)) continue;
  console.log(
    `${milliseconds.toFixed(1).padStart(8)} ms  ${event.http?.response?.status_code}  ${event.url?.full}`,
  );
}
