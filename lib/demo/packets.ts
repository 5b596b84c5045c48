/**
 * Frames of generated traffic: Ethernet, with an 802.1Q tag for hosts in a VLAN, IPv4 and IPv6, TCP, UDP, ICMP; with right
 * lengths and checksums.
 */

export interface Host {
  /** 6 bytes. */
  readonly mac: readonly number[];
  /** 4 bytes, or 16. */
  readonly ip: readonly number[];
  /** 0: none. What the host sends and gets carries this tag. */
  readonly vlan: number;
}

export const FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;
const TYPE = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100 } as const;
const TTL = 64;
const DONT_FRAGMENT = 0x4000;
const ETHERNET_BYTES = 14;
const TAG_BYTES = 4;
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const TCP_BYTES = 20;
const UDP_BYTES = 8;
const ICMP_BYTES = 8;
const WINDOW = 64_240;

/** Host number n (24 bits) of the network: 10.n or fd00::n, with a MAC of its own. */
export function host(n: number, version: 4 | 6 = 4, vlan = 0): Host {
  const [a, b, c] = [(n >> 16) & 255, (n >> 8) & 255, n & 255];
  const mac = [0x02, 0, 0, a, b, c];
  if (version === 4) return { mac, ip: [10, a, b, c], vlan };
  return { mac, ip: [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c], vlan };
}

export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Taken modulo 2^32. */
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: number;
  readonly payload: Uint8Array;
}

export function tcpFrame(from: Host, to: Host, segment: TcpSegment): Buffer {
  const { frame, at } = ipFrame(from, to, PROTOCOL.tcp, TCP_BYTES + segment.payload.length);
  frame.writeUInt16BE(segment.sourcePort, at);
  frame.writeUInt16BE(segment.destinationPort, at + 2);
  frame.writeUInt32BE(segment.sequence >>> 0, at + 4);
  frame.writeUInt32BE(segment.acknowledgment >>> 0, at + 8);
  frame[at + 12] = (TCP_BYTES / 4) << 4;
  frame[at + 13] = segment.flags;
  frame.writeUInt16BE(WINDOW, at + 14);
  frame.set(segment.payload, at + TCP_BYTES);
  frame.writeUInt16BE(transportChecksum(from, to, PROTOCOL.tcp, frame, at), at + 16);
  return frame;
}

export function udpFrame(
  from: Host,
  to: Host,
  sourcePort: number,
  destinationPort: number,
  payload: Uint8Array,
): Buffer {
  const { frame, at } = ipFrame(from, to, PROTOCOL.udp, UDP_BYTES + payload.length);
  frame.writeUInt16BE(sourcePort, at);
  frame.writeUInt16BE(destinationPort, at + 2);
  frame.writeUInt16BE(UDP_BYTES + payload.length, at + 4);
  frame.set(payload, at + UDP_BYTES);
  // RFC 768: a computed zero is sent as all ones.
  frame.writeUInt16BE(transportChecksum(from, to, PROTOCOL.udp, frame, at) || 0xffff, at + 6);
  return frame;
}

/** An ICMP echo request, or its reply, in the IP version of the hosts. */
export function echoFrame(
  from: Host,
  to: Host,
  reply: boolean,
  id: number,
  sequence: number,
  payload: Uint8Array,
): Buffer {
  const v6 = isV6(from);
  const protocol = v6 ? PROTOCOL.icmp6 : PROTOCOL.icmp;
  const { frame, at } = ipFrame(from, to, protocol, ICMP_BYTES + payload.length);
  if (v6) frame[at] = reply ? 129 : 128;
  else frame[at] = reply ? 0 : 8;
  frame.writeUInt16BE(id, at + 4);
  frame.writeUInt16BE(sequence, at + 6);
  frame.set(payload, at + ICMP_BYTES);
  // RFC 4443 2.3: only ICMPv6 sums a pseudo-header.
  const sum = v6 ? transportChecksum(from, to, protocol, frame, at) : fold(sumWords(frame, at, frame.length));
  frame.writeUInt16BE(sum, at + 2);
  return frame;
}

const isV6 = (end: Host): boolean => end.ip.length === 16;

/** A frame with its link and IP headers; the payload of `size` bytes begins at `at`. */
function ipFrame(from: Host, to: Host, protocol: number, size: number): { frame: Buffer; at: number } {
  const v6 = isV6(from);
  const vlan = from.vlan || to.vlan;
  const ip = ETHERNET_BYTES + (vlan ? TAG_BYTES : 0);
  const at = ip + (v6 ? IPV6_BYTES : IPV4_BYTES);
  const frame = Buffer.alloc(at + size);
  frame.set(to.mac, 0);
  frame.set(from.mac, 6);
  if (vlan) {
    frame.writeUInt16BE(TYPE.vlan, 12);
    frame.writeUInt16BE(vlan, 14);
  }
  frame.writeUInt16BE(v6 ? TYPE.ipv6 : TYPE.ipv4, ip - 2);
  if (v6) writeIpv6(frame, ip, from, to, protocol, size);
  else writeIpv4(frame, ip, from, to, protocol, size);
  return { frame, at };
}

function writeIpv4(frame: Buffer, at: number, from: Host, to: Host, protocol: number, size: number): void {
  frame[at] = 0x45;
  frame.writeUInt16BE(IPV4_BYTES + size, at + 2);
  frame.writeUInt16BE(DONT_FRAGMENT, at + 6);
  frame[at + 8] = TTL;
  frame[at + 9] = protocol;
  frame.set(from.ip, at + 12);
  frame.set(to.ip, at + 16);
  frame.writeUInt16BE(fold(sumWords(frame, at, at + IPV4_BYTES)), at + 10);
}

function writeIpv6(frame: Buffer, at: number, from: Host, to: Host, protocol: number, size: number): void {
  frame[at] = 0x60;
  frame.writeUInt16BE(size, at + 4);
  frame[at + 6] = protocol;
  frame[at + 7] = TTL;
  frame.set(from.ip, at + 8);
  frame.set(to.ip, at + 24);
}

/** RFC 9293 3.1, RFC 8200 8.1: over the pseudo-header and everything from `at` on. */
function transportChecksum(from: Host, to: Host, protocol: number, frame: Buffer, at: number): number {
  const ends = Buffer.from([...from.ip, ...to.ip]);
  return fold(
    protocol + frame.length - at + sumWords(ends, 0, ends.length) + sumWords(frame, at, frame.length),
  );
}

/** Sum of the 16-bit words of [from, to), the last byte padded with zero; not folded. */
export function sumWords(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  let i = from;
  for (; i + 1 < to; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  return i < to ? sum + (bytes[i]! << 8) : sum;
}

/** RFC 1071: the checksum of words that sum up to `sum`. */
export function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 65536);
  return ~folded & 0xffff;
}
