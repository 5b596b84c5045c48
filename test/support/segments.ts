/** TCP segments of a capture: which packets carry data, and what of it a reader must miss. */
import { type Image, type Tcp, tcpOf } from './recut.js';

const distance = (to: number, from: number): number => (to - from) | 0;

interface Segment {
  /** Sender and receiver as `address:port`. */
  readonly from: string;
  readonly to: string;
  readonly sequence: number;
  readonly size: number;
  readonly syn: boolean;
  readonly acknowledges: boolean;
  readonly acknowledgment: number;
}

function address(frame: Buffer, at: number, v6: boolean): string {
  const bytes = frame.subarray(at, at + (v6 ? 16 : 4));
  if (!v6) return [...bytes].join('.');
  const words = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  return new URL(`http://[${words.join(':')}]`).hostname.slice(1, -1);
}

function segmentOf(frame: Buffer): Segment | undefined {
  const where = tcpOf(frame);
  if (!where || where.tcp + 20 > frame.length) return undefined;
  const { ip, tcp, payload, end, v6 }: Tcp = where;
  const flags = frame[tcp + 13]!;
  const syn = (flags & 2) !== 0;
  const source = address(frame, ip + (v6 ? 8 : 12), v6);
  const destination = address(frame, ip + (v6 ? 24 : 16), v6);
  return {
    from: `${source}:${frame.readUInt16BE(tcp)}`,
    to: `${destination}:${frame.readUInt16BE(tcp + 2)}`,
    sequence: (frame.readUInt32BE(tcp + 4) + (syn ? 1 : 0)) >>> 0,
    size: Math.max(0, end - payload),
    syn,
    acknowledges: (flags & 16) !== 0,
    acknowledgment: frame.readUInt32BE(tcp + 8),
  };
}

/** Both ends in alphabetical order, with a space between; undefined for what is no TCP. */
export function connectionOf(frame: Buffer): string | undefined {
  const segment = segmentOf(frame);
  return segment && [segment.from, segment.to].sort().join(' ');
}

/** Places of the TCP packets with data. */
export function dataPackets(image: Image): number[] {
  return image.packets.flatMap(({ frame }, at) => ((segmentOf(frame)?.size ?? 0) > 0 ? [at] : []));
}

/**
 * Whether the other packets of its connection show that packet `gone` is missing: its direction has bytes before it and
 * behind it, and none of the others has its own.
 */
export function provesLoss(image: Image, gone: number): boolean {
  const lost = segmentOf(image.packets[gone]!.frame)!;
  let before = false;
  let behind = false;
  for (const [at, { frame }] of image.packets.entries()) {
    const other = at === gone ? undefined : segmentOf(frame);
    if (!other || other.from !== lost.from || other.to !== lost.to || other.size === 0) continue;
    const start = distance(other.sequence, lost.sequence);
    if (start >= lost.size) behind ||= at > gone;
    else if (start + other.size <= 0) before ||= at < gone;
    else return false;
  }
  return before && behind;
}
