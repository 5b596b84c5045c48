/** Frames of generated traffic: Ethernet, IPv4 and IPv6, TCP, UDP, ICMP, with right lengths and checksums. */

export interface Host {
  /** 6 bytes. */
  readonly mac: readonly number[];
  /** 4 bytes, or 16. */
  readonly ip: readonly number[];
}

export const FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

const ETHERNET = 14;
const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;
const TTL = 64;
const TCP_HEADER = 20;
const UDP_HEADER = 8;
const WINDOW = 64_240;

/** A host on the demo network: number n has 10.0.x.y, fd00::x:y and a MAC of its own. */
export function host(n: number, version: 4 | 6 = 4): Host {
  const high = (n >> 8) & 255;
  const low = n & 255;
  const mac = [0x02, 0, 0, 0, high, low];
  if (version === 4) return { mac, ip: [10, (n >> 16) & 255, high, low] };
  return { mac, ip: [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, high, low] };
}

export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: number;
  readonly payload: Uint8Array;
}

export function tcpFrame(from: Host, to: Host, segment: TcpSegment): Buffer {
  const { frame, at } = ipFrame(from, to, PROTOCOL.tcp, TCP_HEADER + segment.payload.length);
  frame.writeUInt16BE(segment.sourcePort, at);
  frame.writeUInt16BE(segment.destinationPort, at + 2);
  frame.writeUInt32BE(segment.sequence >>> 0, at + 4);
  frame.writeUInt32BE(segment.acknowledgment >>> 0, at + 8);
  frame[at + 12] = (TCP_HEADER / 4) << 4;
  frame[at + 13] = segment.flags;
  frame.writeUInt16BE(WINDOW, at + 14);
  frame.set(segment.payload, at + TCP_HEADER);
  frame.writeUInt16BE(transportChecksum(from, to, PROTOCOL.tcp, frame, at), at + 16);
  return frame;
}

export function udpFrame(from: Host, to: Host, sourcePort: number, destinationPort: number, payload: Uint8Array): Buffer {
  const { frame, at } = ipFrame(from, to, PROTOCOL.udp, UDP_HEADER + payload.length);
  frame.writeUInt16BE(sourcePort, at);
  frame.writeUInt16BE(destinationPort, at + 2);
  frame.writeUInt16BE(UDP_HEADER + payload.length, at + 4);
  frame.set(payload, at + UDP_HEADER);
  // RFC 768: a computed zero is sent as all ones.
  frame.writeUInt16BE(transportChecksum(from, to, PROTOCOL.udp, frame, at) || 0xffff, at + 6);
  return frame;
}

/** An ICMP or ICMPv6 message with identifier and sequence number, such as an echo. */
export function icmpFrame(from: Host, to: Host, type: number, id: number, sequence: number, payload: Uint8Array): Buffer {
  const v6 = from.ip.length === 16;
  const protocol = v6 ? PROTOCOL.icmp6 : PROTOCOL.icmp;
  const { frame, at } = ipFrame(from, to, protocol, 8 + payload.length);
  frame[at] = type;
  frame.writeUInt16BE(id, at + 4);
  frame.writeUInt16BE(sequence, at + 6);
  frame.set(payload, at + 8);
  const sum = v6 ? transportChecksum(from, to, protocol, frame, at) : checksum(add(0, frame, at, frame.length));
  frame.writeUInt16BE(sum, at + 2);
  return frame;
}

/** A frame with its link and IP headers; the payload of `size` bytes begins at `at`. */
function ipFrame(from: Host, to: Host, protocol: number, size: number): { frame: Buffer; at: number } {
  const v6 = from.ip.length === 16;
  const at = ETHERNET + (v6 ? 40 : 20);
  const frame = Buffer.alloc(at + size);
  frame.set(to.mac, 0);
  frame.set(from.mac, 6);
  frame.writeUInt16BE(v6 ? 0x86dd : 0x0800, 12);
  if (v6) writeIpv6(frame, from, to, protocol, size);
  else writeIpv4(frame, from, to, protocol, size);
  return { frame, at };
}

function writeIpv4(frame: Buffer, from: Host, to: Host, protocol: number, size: number): void {
  const at = ETHERNET;
  frame[at] = 0x45;
  frame.writeUInt16BE(20 + size, at + 2);
  frame.writeUInt16BE(0x4000, at + 6);
  frame[at + 8] = TTL;
  frame[at + 9] = protocol;
  frame.set(from.ip, at + 12);
  frame.set(to.ip, at + 16);
  frame.writeUInt16BE(checksum(add(0, frame, at, at + 20)), at + 10);
}

function writeIpv6(frame: Buffer, from: Host, to: Host, protocol: number, size: number): void {
  const at = ETHERNET;
  frame[at] = 0x60;
  frame.writeUInt16BE(size, at + 4);
  frame[at + 6] = protocol;
  frame[at + 7] = TTL;
  frame.set(from.ip, at + 8);
  frame.set(to.ip, at + 24);
}

/** RFC 1071 over the pseudo-header and everything from `at` on. */
function transportChecksum(from: Host, to: Host, protocol: number, frame: Buffer, at: number): number {
  const ends = [...from.ip, ...to.ip];
  let sum = protocol + frame.length - at;
  for (let i = 0; i < ends.length; i += 2) sum += (ends[i]! << 8) | ends[i + 1]!;
  return checksum(add(sum, frame, at, frame.length));
}

function add(start: number, bytes: Uint8Array, from: number, to: number): number {
  let sum = start;
  let i = from;
  for (; i + 1 < to; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  return i < to ? sum + (bytes[i]! << 8) : sum;
}

function checksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 65536);
  return ~folded & 0xffff;
}
