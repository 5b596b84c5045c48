/**
 * Captures made worse: TCP payload cut into other segments, packets duplicated, reordered, wrapped in VLAN tags. Works on
 * images of classic Ethernet pcap files; checksums are left wrong, nobody looks.
 */
const HEADER = 24;
const RECORD = 16;
const ETHERNET = 14;

export interface Packet {
  readonly seconds: number;
  readonly fraction: number;
  readonly frame: Buffer;
}

export interface Image {
  readonly header: Buffer;
  readonly packets: Packet[];
}

/** Reads a little-endian pcap image. */
export function readImage(bytes: Uint8Array): Image {
  const file = Buffer.from(bytes);
  const packets: Packet[] = [];
  for (let at = HEADER; at + RECORD <= file.length; ) {
    const size = file.readUInt32LE(at + 8);
    packets.push({
      seconds: file.readUInt32LE(at),
      fraction: file.readUInt32LE(at + 4),
      frame: file.subarray(at + RECORD, at + RECORD + size),
    });
    at += RECORD + size;
  }
  return { header: file.subarray(0, HEADER), packets };
}

export function writeImage({ header, packets }: Image): Buffer {
  const parts = [header];
  for (const { seconds, fraction, frame } of packets) {
    const record = Buffer.alloc(RECORD);
    record.writeUInt32LE(seconds, 0);
    record.writeUInt32LE(fraction, 4);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    parts.push(record, frame);
  }
  return Buffer.concat(parts);
}

/** A repeatable source of numbers in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
}

interface Tcp {
  readonly ip: number;
  readonly tcp: number;
  readonly payload: number;
  readonly end: number;
  readonly v6: boolean;
}

/** Where the TCP parts of a frame lie; undefined for other frames. */
function tcpOf(frame: Buffer): Tcp | undefined {
  const type = frame.readUInt16BE(12);
  const ip = ETHERNET;
  const v6 = type === 0x86dd;
  if (!v6 && type !== 0x0800) return undefined;
  if ((v6 ? frame[ip + 6] : frame[ip + 9]) !== 6) return undefined;
  const tcp = ip + (v6 ? 40 : (frame[ip]! & 15) * 4);
  const end = v6 ? ip + 40 + frame.readUInt16BE(ip + 4) : ip + frame.readUInt16BE(ip + 2);
  return { ip, tcp, payload: tcp + (frame[tcp + 12]! >> 4) * 4, end, v6 };
}

/** Cuts each TCP segment into pieces of `size()` bytes. FIN and PSH stay with the last piece. */
export function resegment(image: Image, size: () => number): Image {
  return { header: image.header, packets: image.packets.flatMap((packet) => cutPacket(packet, size)) };
}

function cutPacket(packet: Packet, size: () => number): Packet[] {
  const { frame } = packet;
  const where = tcpOf(frame);
  if (!where || where.end - where.payload <= 1) return [packet];
  const pieces: Packet[] = [];
  for (let at = where.payload; at < where.end; ) {
    const length = Math.min(Math.max(1, size()), where.end - at);
    pieces.push({ ...packet, frame: piece(frame, where, at, length) });
    at += length;
  }
  return pieces;
}

function piece(frame: Buffer, { ip, tcp, payload, end, v6 }: Tcp, at: number, length: number): Buffer {
  const out = Buffer.concat([frame.subarray(0, payload), frame.subarray(at, at + length)]);
  if (v6) out.writeUInt16BE(payload - ip - 40 + length, ip + 4);
  else out.writeUInt16BE(payload - ip + length, ip + 2);
  out.writeUInt32BE((frame.readUInt32BE(tcp + 4) + at - payload) >>> 0, tcp + 4);
  if (at + length < end) out[tcp + 13]! &= ~0x09;
  return out;
}

/** Sends a share of the packets twice, the copy up to three packets later. */
export function duplicate(image: Image, share: number, next: () => number): Image {
  const packets = [...image.packets];
  for (let i = packets.length - 1; i >= 0; i--) {
    if (next() < share && tcpOf(packets[i]!.frame))
      packets.splice(i + 1 + Math.floor(next() * 3), 0, packets[i]!);
  }
  return { header: image.header, packets };
}

/**
 * Moves TCP packets of both directions, beginnings and ends of connections too, by up to `window` places. A reset stays
 * behind what was sent before it: what comes after one is nobody's.
 */
export function reorder(image: Image, window: number, next: () => number): Image {
  const places = image.packets.map((packet, i) => {
    const where = tcpOf(packet.frame);
    const isReset = where !== undefined && (packet.frame[where.tcp + 13]! & 4) !== 0;
    return { packet, at: !where ? i : isReset ? i + window : i + next() * window };
  });
  places.sort((a, b) => a.at - b.at);
  return { header: image.header, packets: places.map(({ packet }) => packet) };
}

/** Puts an 802.1Q tag into every frame. */
export function tag(image: Image, id: number): Image {
  const packets = image.packets.map((packet) => {
    const vlan = Buffer.from([0x81, 0x00, id >> 8, id & 255]);
    return {
      ...packet,
      frame: Buffer.concat([packet.frame.subarray(0, 12), vlan, packet.frame.subarray(12)]),
    };
  });
  return { header: image.header, packets };
}
