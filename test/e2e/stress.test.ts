/**
 * As many packets as one sender can make, and super-frames at full speed, beside programs that use every core: none is
 * lost, every one is counted. PBFAST_LONG=1: ten million packets and four such programs; each way of loss has its count.
 */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canNetns, Hosts, havePrograms } from '../support/hosts.js';
import { LiveCapture, until } from '../support/live.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const able = canNetns() && havePrograms('python3');
if (!able) console.warn('stress: root, network namespaces and python3 are needed; tests are skipped');

const LONG = process.env.PBFAST_LONG === '1';
/** In short no more than the ring of 64 MiB holds, whoever else uses the machine. */
const PACKETS = LONG ? 10_000_000 : 100_000;
const BYTES = LONG ? 20e9 : 40e6;
const HOGS = LONG ? 4 : 0;
const STALLED_SECONDS = LONG ? 60 : 4;
/** Events a second. */
const RATE = 50_000;
/** Of the whole process while its output stands still. */
const MOST_MIB = 500;
const MINUTES = 60_000;

/** A DNS query for a name of one label, as hex. */
const question = (name: string) =>
  `000000000001000000000000${Buffer.from([name.length, ...Buffer.from(name), 0, 0, 1, 0, 1]).toString('hex')}`;

/**
 * Sends UDP packets of 1,000 flows to an address and port as fast as it can (packet(7), PACKET_QDISC_BYPASS): n of them, or
 * for some seconds; or at a rate. Prints how many, and how long it took.
 */
const BLAST = `
import socket, struct, sys, time
device, to, port, payload = sys.argv[1], sys.argv[2], int(sys.argv[3]), bytes.fromhex(sys.argv[4])
n, seconds, rate = int(sys.argv[5]), float(sys.argv[6]), float(sys.argv[7])
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.setsockopt(263, 20, 1)
s.bind((device, 0))
def frame(i):
    udp = struct.pack('>HHHH', 1024 + i, port, 8 + len(payload), 0) + payload
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes([10, 98, 0, 1]), socket.inet_aton(to))
    return b'\\xff' * 6 + b'\\x02' + b'\\x00' * 5 + b'\\x08\\x00' + ip + udp
frames = [frame(i) for i in range(1000)]
send, sent, start = s.send, 0, time.monotonic()
while (n == 0 or sent < n) and (seconds == 0 or time.monotonic() - start < seconds):
    for f in frames:
        try: send(f); sent += 1
        except OSError: pass
    if rate: time.sleep(max(0, start + sent / rate - time.monotonic()))
print(sent, time.monotonic() - start)
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

  /** Counts: what the first packets of a flow may be is not asked while programs still warm up. */
  const start = () => {
    capture = new LiveCapture(hosts.server, ['--fail-on-loss', '--only', 'icmp', '--workers', '1']);
    return capture.capturing();
  };
  /** `limit`: packets; below 1,000: seconds. */
  const blast = (to: string, port: number, payload: string, limit: number, rate = 0) => {
    const limits = limit < 1000 ? ['0', `${limit}`] : [`${limit}`, '0'];
    const args = [hosts.client.device, to, `${port}`, payload, ...limits, `${rate}`];
    const { stdout } = hosts.client.run('python3', ['-c', BLAST, ...args]);
    const [sent, seconds] = stdout.trim().split(' ').map(Number);
    return { sent: sent!, seconds: seconds! };
  };
  const expectAll = (messages: string) => {
    expect(messages).toContain('nothing lost');
    expect(messages).not.toContain('unaccounted');
  };

  it('loses none of the packets of a sender at its maximum', { timeout: 10 * MINUTES }, async () => {
    await start();
    const { seconds } = blast(hosts.server.address, 9, '78'.repeat(18), PACKETS);
    const messages = await capture!.end();
    expectAll(messages);
    const flows = capture!.of('flow').filter(({ event }) => event.destination.port === 9 && event.flow.final);
    expect(flows.reduce((sum, { event }) => sum + event.network.packets, 0)).toBe(PACKETS);
    if (LONG) console.log(`stress: ${PACKETS} packets, ${Math.round(PACKETS / seconds)} a second`);
  });

  it(
    'drops and counts what an output that stalls does not take, and goes on when it takes again',
    {
      timeout: 10 * MINUTES,
    },
    async () => {
      capture = new LiveCapture(hosts.server, ['--no-flows', '--only', 'dns', '--workers', '1']);
      await capture.capturing();
      capture.hold();
      const during = blast('224.0.0.251', 5353, question('during'), STALLED_SECONDS, RATE);
      const resident = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${capture.pid}/status`, 'utf8'));
      expect(Number(resident![1]) / 1024).toBeLessThan(MOST_MIB);
      capture.release();
      const early = () => capture!.arrived.length;
      for (let seen = -1; seen !== early(); ) {
        seen = early();
        await sleep(500);
      }
      const after = blast('224.0.0.251', 5353, question('after'), 20_000, RATE);
      const late = () => capture!.arrived.filter(({ event }) => event.dns.question.name === 'after').length;
      await until(() => late() === after.sent);
      expect(late()).toBe(after.sent);
      const messages = await capture.end();
      const [, offered, accepted, lost] = /([\d,]+) events = ([\d,]+) processed \+ ([\d,]+) lost$/m
        .exec(messages)!
        .map((n) => Number(n.replaceAll(',', '')));
      expect(messages).toMatch(/packets = [\d,]+ processed \+ 0 lost$/m);
      expect(offered).toBeGreaterThanOrEqual(during.sent + after.sent);
      expect(accepted).toBe(early());
      expect(lost).toBe(offered! - accepted!);
      expect(lost).toBeGreaterThan(0);
      if (LONG)
        console.log(`stress: stalled ${during.seconds} s at ${during.sent / during.seconds} events a second`);
    },
  );

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
