/**
 * As many packets as one sender can make, and super-frames at full speed, beside programs that use every core: none is
 * lost, every one is counted. PBFAST_LONG=1: ten million packets and four such programs; each way of loss has its count.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canNetns, Hosts, havePrograms } from '../support/hosts.js';
import { LiveCapture } from '../support/live.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const able = canNetns() && havePrograms('python3');
if (!able) console.warn('stress: root, network namespaces and python3 are needed; tests are skipped');

const LONG = process.env.PBFAST_LONG === '1';
const PACKETS = LONG ? 10_000_000 : 300_000;
const BYTES = LONG ? 20e9 : 1e9;
const HOGS = LONG ? 4 : 0;
const MINUTES = 60_000;

/** Sends n UDP packets of 1,000 flows as fast as it can (packet(7), PACKET_QDISC_BYPASS); prints the seconds it took. */
const BLAST = `
import socket, struct, sys, time
n, device = int(sys.argv[1]), sys.argv[2]
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.setsockopt(263, 20, 1)
s.bind((device, 0))
def frame(i):
    udp = struct.pack('>HHHH', 1024 + i, 9, 8 + 18, 0) + b'x' * 18
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes([10, 98, 0, 1]), bytes([10, 98, 0, 2]))
    return b'\\xff' * 6 + b'\\x02' + b'\\x00' * 5 + b'\\x08\\x00' + ip + udp
frames = [frame(i) for i in range(1000)]
send, sent, start = s.send, 0, time.monotonic()
while sent < n:
    for f in frames:
        try: send(f); sent += 1
        except OSError: pass
print(time.monotonic() - start)
`;

/** Takes bytes over TCP and throws them away; prints the seconds until n came. */
const SINK = `
import socket, sys, time
n, left = int(sys.argv[1]), int(sys.argv[1])
l = socket.create_server(('0.0.0.0', 9999))
print('ready', flush=True)
c, _ = l.accept()
start, buf = time.monotonic(), bytearray(1 << 20)
while left > 0:
    got = c.recv_into(buf)
    if got == 0: break
    left -= got
print(time.monotonic() - start, flush=True)
`;
const SOURCE = `
import socket, sys
c, left, block = socket.create_connection((sys.argv[1], 9999)), int(sys.argv[2]), b'x' * (1 << 20)
while left > 0: left -= c.send(block[:left])
`;

describe.skipIf(!able)('a capture under stress', () => {
  let hosts: Hosts;
  let capture: LiveCapture | undefined;
  beforeAll(() => {
    expect(existsSync(`${ROOT}dist/cli/main.js`), 'built: npm run setup').toBe(true);
    hosts = new Hosts();
    for (let i = 0; i < HOGS; i++) hosts.client.start('python3', ['-c', 'while True: pass'], {});
  });
  afterEach(() => capture?.end().catch(() => {}));
  afterAll(() => hosts?.remove());

  const start = () => {
    capture = new LiveCapture(hosts.server, ['--fail-on-loss', '--workers', '1']);
    return capture.capturing();
  };
  const expectAll = (messages: string) => {
    expect(messages).toContain('nothing lost');
    expect(messages).not.toContain('unaccounted');
  };

  it('loses none of the packets of a sender at its maximum', { timeout: 10 * MINUTES }, async () => {
    await start();
    const { stdout } = hosts.client.run('python3', ['-c', BLAST, `${PACKETS}`, hosts.client.device]);
    const messages = await capture!.end();
    expectAll(messages);
    const flows = capture!.of('flow').filter(({ event }) => event.destination.port === 9 && event.flow.final);
    expect(flows.reduce((sum, { event }) => sum + event.network.packets, 0)).toBe(PACKETS);
    if (LONG) console.log(`stress: ${PACKETS} packets, ${Math.round(PACKETS / Number(stdout))} a second`);
  });

  it('loses none of the super-frames of a bulk transfer', { timeout: 10 * MINUTES }, async () => {
    await start();
    const sink = hosts.server.start('python3', ['-c', SINK, `${BYTES}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    const ended = new Promise((resolve) => sink.once('close', resolve));
    await new Promise<void>((resolve) => {
      sink.stdout!.on('data', (text) => {
        said += text;
        resolve();
      });
    });
    expect(hosts.client.run('python3', ['-c', SOURCE, hosts.server.address, `${BYTES}`]).status).toBe(0);
    await ended;
    expectAll(await capture!.end());
    const flow = capture!.of('flow').findLast(({ event }) => event.destination.port === 9999)!.event;
    expect(flow.source.bytes).toBeGreaterThan(BYTES);
    // Frames would be about 1,500 bytes long without offload.
    expect(flow.source.bytes / flow.source.packets).toBeGreaterThan(5000);
    const gigabits = (BYTES * 8) / Number(/[\d.]+\s*$/.exec(said)![0]) / 1e9;
    if (LONG) console.log(`stress: ${gigabits.toFixed(1)} Gbit/s of super-frames`);
  });
});
