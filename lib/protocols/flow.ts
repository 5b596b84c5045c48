/** The flow as its session sees it, read from the FLOW_OPEN record. */
import { INFO, TRANSPORT } from '../handoff/record.js';
import type { Direction, Flow, Transport } from './analyzer.js';

export const u16 = (b: Uint8Array, at: number): number => b[at]! | (b[at + 1]! << 8);

export class FlowView implements Flow {
  readonly transport: Transport;
  readonly client: Direction | undefined;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly ipVersion: 4 | 6;
  readonly card: number;
  readonly addresses: Uint8Array;
  /** A configured port is among the two: by which end. */
  readonly claim: number;
  /** Number of the interface that its first packet came from. */
  readonly interface: number;

  /** `addresses`: 32 bytes that are this flow's while it lives. */
  constructor(memory: Uint8Array, at: number, card: number, addresses: Uint8Array) {
    this.transport = transportOf(memory[at + INFO.transport]!);
    this.claim = memory[at + INFO.claim]!;
    this.interface = u16(memory, at + INFO.interface);
    this.client = this.claim === 1 ? 0 : this.claim === 2 ? 1 : undefined;
    this.sourcePort = u16(memory, at + INFO.sourcePort);
    this.destinationPort = u16(memory, at + INFO.destinationPort);
    this.ipVersion = memory[at + INFO.ipVersion] === 6 ? 6 : 4;
    this.card = card;
    // PERF: a loop into memory that is used again; slice() would make an object a flow.
    for (let i = 0; i < addresses.length; i++) addresses[i] = memory[at + i]!;
    this.addresses = addresses;
  }
}

function transportOf(code: number): Transport {
  if (code === TRANSPORT.tcp) return 'tcp';
  return code === TRANSPORT.udp ? 'udp' : 'icmp';
}
