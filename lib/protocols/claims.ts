/** Which analyzer a flow belongs to by its port, or may belong to by its content. */
import type { Transport } from './analyzer.js';
import type { FlowView } from './flow.js';
import type { Running, Use } from './running.js';

export class Claims {
  readonly #ports: Record<Transport, Map<number, Running>> = {
    tcp: new Map(),
    udp: new Map(),
    icmp: new Map(),
  };
  readonly #probing: Record<Transport, Running[]> = { tcp: [], udp: [], icmp: [] };

  add(running: Running, use: Use, detect: boolean): void {
    const { analyzer } = running;
    for (const transport of analyzer.transports) {
      const ports = transport === 'icmp' ? [0] : use.ports;
      for (const port of ports) this.#ports[transport].set(placeOf(port, use.interface), running);
      if (detect && analyzer.probe) this.#probing[transport].push(running);
    }
  }

  byPort(flow: FlowView): Running | undefined {
    const ports = this.#ports[flow.transport];
    const port = flow.transport === 'icmp' ? 0 : flow.claim === 2 ? flow.sourcePort : flow.destinationPort;
    return ports.get(placeOf(port, flow.interface)) ?? ports.get(port);
  }

  byContent(flow: FlowView): Running[] {
    return this.#probing[flow.transport].filter(
      (running) => running.interface === undefined || running.interface === flow.interface,
    );
  }
}

/** In a table by port, analyzers that are bound to an interface lie apart. */
const placeOf = (port: number, number: number | undefined): number =>
  number === undefined ? port : port + 65536 * (number + 1);
