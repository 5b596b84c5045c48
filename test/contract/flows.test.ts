/** What flow events say beyond Packetbeat's: how TCP went, where it is asked for, and the tunnel a flow lies in. */
import { describe, expect, it } from 'vitest';
import { buildDemo } from '../../lib/demo/demo.js';
import type { TestEvent } from '../support/decode-rows.js';
import { readInProcess } from '../support/in-process.js';
import { type Image, readImage, wrapInGre, wrapInVxlan, writeImage } from '../support/recut.js';

const demo = readImage(buildDemo());
const FLOWS = { timeout: 30, period: 0, delta: false };

async function flowsOf(image: Image, health: boolean, tunnels = 'usual'): Promise<TestEvent[]> {
  const { events } = await readInProcess(writeImage(image), { tunnels, flows: { ...FLOWS, health } });
  return events.filter(({ type }) => type === 'flow');
}

describe('flow events', () => {
  it('say how TCP went, where that is asked for', async () => {
    const flows = (await flowsOf(demo, true)).filter(({ network }) => network.transport === 'tcp');
    expect(flows.length).toBeGreaterThan(10);
    for (const { flow } of flows) {
      expect(['fin', 'rst', 'idle', 'shutdown']).toContain(flow.end_reason);
      expect(flow.tcp.source.ttl_min).toBeGreaterThan(0);
      expect(flow.tcp.source.ttl_max).toBeGreaterThanOrEqual(flow.tcp.source.ttl_min);
    }
    expect(flows.some(({ flow }) => flow.tcp.handshake_us > 0 && flow.tcp.source.rtt_avg_us > 0)).toBe(true);
  });

  it('have no more than Packetbeat says otherwise', async () => {
    for (const { flow, network } of await flowsOf(demo, false)) {
      expect(Object.keys(flow).sort()).toEqual(['final', 'id']);
      expect(network.tunnel).toBeUndefined();
    }
  });

  it('tell the tunnel', async () => {
    for (const { network } of await flowsOf(wrapInVxlan(demo, 4711), false))
      expect(network.tunnel).toEqual({ type: 'vxlan', id: 4711 });
    for (const { network } of await flowsOf(wrapInGre(demo), false))
      expect(network.tunnel).toEqual({ type: 'gre' });
  });

  it('tell what is on the wire where tunnels are not looked into', async () => {
    const flows = await flowsOf(wrapInVxlan(demo, 4711), false, 'none');
    expect(flows.length).toBeGreaterThan(0);
    for (const { network, destination } of flows) {
      expect(network.tunnel).toBeUndefined();
      expect(destination.port).toBe(4789);
    }
  });

  it('keep networks with the same addresses apart', async () => {
    const { packets } = wrapInVxlan(demo, 1);
    const both = { ...demo, packets: demo.packets.flatMap((packet, i) => [packet, packets[i]!]) };
    expect((await flowsOf(both, false)).length).toBe(2 * (await flowsOf(demo, false)).length);
  });
});
