/** Captures as a card with receive offload hands them over: neighbouring segments of one direction are one super-frame. */
import { type Image, type Packet, tcpOf } from './recut.js';

/** Of an IP packet with its header (RFC 791 3.1). */
const MAX_PACKET = 65_535;
const SEQUENCE = 4;
const FLAGS = 13;
const FIN_SYN_RST = 7;
const SYN_RST = 6;
const PSH = 8;

export function coalesce({ header, packets }: Image): Image {
  const joined: Packet[] = [];
  for (const packet of packets) {
    const last = joined.at(-1);
    const both = last && join(last, packet);
    if (both) joined[joined.length - 1] = both;
    else joined.push(packet);
  }
  return { header, packets: joined };
}

/** Both as one, with the header of the second; undefined where the second does not go on where the first ends. */
function join(first: Packet, second: Packet): Packet | undefined {
  const a = tcpOf(first.frame);
  const b = tcpOf(second.frame);
  if (!a || !b || a.ip !== b.ip || a.tcp !== b.tcp || first.wire || second.wire) return undefined;
  const [one, two] = [first.frame, second.frame];
  const sizeOne = a.end - a.payload;
  const sizeTwo = b.end - b.payload;
  if (sizeOne <= 0 || sizeTwo <= 0 || a.end > one.length || b.end > two.length) return undefined;
  const addresses = a.v6 ? [a.ip + 8, a.ip + 40] : [a.ip + 12, a.ip + 20];
  const same = (from: number, to: number) => one.subarray(from, to).equals(two.subarray(from, to));
  if (!same(0, a.ip) || !same(addresses[0]!, addresses[1]!) || !same(a.tcp, a.tcp + SEQUENCE))
    return undefined;
  if (one[a.tcp + FLAGS]! & FIN_SYN_RST || two[b.tcp + FLAGS]! & SYN_RST) return undefined;
  const sequence = one.readUInt32BE(a.tcp + SEQUENCE);
  if (two.readUInt32BE(b.tcp + SEQUENCE) !== (sequence + sizeOne) >>> 0) return undefined;
  const size = b.payload - b.ip + sizeOne + sizeTwo;
  if (size > MAX_PACKET) return undefined;
  const frame = Buffer.concat([
    two.subarray(0, b.payload),
    one.subarray(a.payload, a.end),
    two.subarray(b.payload, b.end),
  ]);
  frame.writeUInt32BE(sequence, b.tcp + SEQUENCE);
  frame[b.tcp + FLAGS]! |= one[a.tcp + FLAGS]! & PSH;
  if (b.v6) frame.writeUInt16BE(size - 40, b.ip + 4);
  else frame.writeUInt16BE(size, b.ip + 2);
  return { ...first, frame };
}
