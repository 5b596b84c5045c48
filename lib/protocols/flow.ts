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

  constructor(memory: Uint8Array, at: number, card: number) {
    this.transport = transportOf(memory[at + INFO.transport]!);
    this.claim = memory[at + INFO.claim]!;
    this.client = this.claim === 1 ? 0 : this.claim === 2 ? 1 : undefined;
    this.sourcePort = u16(memory, at + INFO.sourcePort);
    this.destinationPort = u16(memory, at + INFO.destinationPort);
    this.ipVersion = memory[at + INFO.ipVersion] === 6 ? 6 : 4;
    this.card = card;
    this.addresses = memory.slice(at, at + 32);
  }
}

function transportOf(code: number): Transport {
  if (code === TRANSPORT.tcp) return 'tcp';
  return code === TRANSPORT.udp ? 'udp' : 'icmp';
}
