/** The program against a real RabbitMQ on a live device: what scripted clients did and what pbfast reports is the same. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canNetns, Hosts } from '../support/hosts.js';
import { type Entry, LiveCapture, until } from '../support/live.js';
import { RABBITMQ, type RabbitMq, startRabbitMq } from '../support/servers/rabbitmq.js';

const CLIENT = fileURLToPath(new URL('../support/clients/amqp.js', import.meta.url));
const ROUNDS = process.env.PBFAST_LONG === '1' ? 4 : 1;
const CONFIG = `
packetbeat.protocols:
- type: amqp
  ports: [5672]
  hide_connection_information: false
  send_request: true
  send_response: true
`;

const able = canNetns() && existsSync(RABBITMQ);
if (!able) console.warn('amqp: root, network namespaces and RabbitMQ are needed; the test is skipped');

const text = (entry: Entry) => {
  const { method, status, exchange, queue, key, body, code, tag } = entry;
  return [method, status, exchange, queue, key, body, code, tag].join(' | ');
};

/** Methods whose log has a body, and those that name an exchange, a queue ... */
const WITH_BODY = ['basic.publish', 'basic.deliver', 'basic.return', 'basic.get'];
const WITHOUT_EXCHANGE = ['basic.deliver', 'basic.get', 'basic.return'];
const WITH_TAG = ['basic.deliver', 'basic.get', 'basic.ack', 'basic.nack', 'basic.reject'];

function eventText({ method, status, amqp, request, response }: Entry): string {
  const isMessage = WITH_BODY.includes(method);
  return text({
    method,
    status,
    exchange: WITHOUT_EXCHANGE.includes(method) ? undefined : amqp.exchange,
    queue: amqp.queue,
    key: amqp['routing-key'],
    body: isMessage ? (method === 'basic.publish' ? request : response) : undefined,
    code: amqp['reply-code'],
    tag: WITH_TAG.includes(method) ? amqp['delivery-tag'] : undefined,
  });
}

describe.skipIf(!able)('amqp, live', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pbfast-amqp-'));
  let hosts: Hosts;
  let server: RabbitMq;
  beforeAll(async () => {
    hosts = new Hosts();
    server = await startRabbitMq(hosts.server);
  }, 100_000);
  afterAll(async () => {
    await server?.stop();
    hosts?.remove();
    rmSync(folder, { recursive: true });
  });

  it('reports every method and message once, as the clients saw it', { timeout: 120_000 }, async () => {
    const config = join(folder, 'packetbeat.yml');
    writeFileSync(config, CONFIG);
    const capture = await new LiveCapture(hosts.server, ['--no-flows', '-c', config]).capturing();
    const child = hosts.client.start(process.execPath, [CLIENT, `${ROUNDS}`, hosts.server.address], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const log: Entry[] = [];
    createInterface({ input: child.stdout! }).on('line', (line) => log.push(JSON.parse(line)));
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
    // How many confirms the server sends is its own affair.
    const isConfirm = ({ method, source, server: { ip } }: Entry) =>
      method === 'basic.ack' && source.ip === ip;
    const own = () => capture.of('amqp').filter(({ event }) => !isConfirm(event));
    await until(() => own().length >= log.length);
    const messages = await capture.end();
    const events = own().map(({ event }) => eventText(event));
    expect(events.sort()).toEqual(log.map(text).sort());
    expect(log.length).toBeGreaterThan(ROUNDS * 200);
    expect(capture.of('amqp').some(({ event }) => isConfirm(event))).toBe(true);
    expect(JSON.stringify(capture.arrived)).not.toContain('guest');
    expect(messages).toContain('nothing lost');
  });
});
