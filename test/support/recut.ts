/**
 * Captures made worse: TCP payload cut into other segments, packets duplicated, reordered, wrapped in VLAN tags. Works on
 * images of classic pcap files, all made Ethernet; checksums are left wrong, nobody looks.
 */
const HEADER = 24;
const RECORD = 16;
const ETHERNET = 14;

export interface Packet {
  readonly seconds: number;
  readonly fraction: number;
  readonly frame: Buffer;
  /** Its length where the frame is cut. */
  readonly wire?: number;
}

export interface Image {
  readonly header: Buffer;
  readonly packets: Packet[];
}

/** Reads a little-endian pcap image of Ethernet, SLL or loopback frames. */
export function readImage(bytes: Uint8Array): Image {
  const file = Buffer.from(bytes);
  const link = file.readUInt32LE(20);
  file.writeUInt32LE(1, 20);
  const packets: Packet[] = [];
  for (let at = HEADER; at + RECORD <= file.length; ) {
    const size = file.readUInt32LE(at + 8);
    packets.push({
      seconds: file.readUInt32LE(at),
      fraction: file.readUInt32LE(at + 4),
      frame: asEthernet(file.subarray(at + RECORD, at + RECORD + size), link),
    });
    at += RECORD + size;
  }
  return { header: file.subarray(0, HEADER), packets };
}

/** Before and inside the file's header, and before and inside each record. */
export function placesToCut(bytes: Uint8Array): number[] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const places = [0, 1, HEADER - 1];
  for (let at = HEADER; at + RECORD <= file.length; at += RECORD + file.readUInt32LE(at + 8))
    places.push(at, at + RECORD);
  return places;
}

/** The frame with an Ethernet header in place of that of link type `link`. */
function asEthernet(frame: Buffer, link: number): Buffer {
  if (link === 1) return frame;
  const header = Buffer.alloc(ETHERNET);
  const isCooked = link === 113;
  if (!isCooked && link !== 0) throw new Error(`link type ${link}`);
  header.writeUInt16BE(isCooked ? frame.readUInt16BE(14) : frame[4]! >> 4 === 6 ? 0x86dd : 0x0800, 12);
  return Buffer.concat([header, frame.subarray(isCooked ? 16 : 4)]);
}

export function writeImage({ header, packets }: Image): Buffer {
  const parts = [header];
  for (const { seconds, fraction, frame, wire } of packets) {
    const record = Buffer.alloc(RECORD);
    record.writeUInt32LE(seconds, 0);
    record.writeUInt32LE(fraction, 4);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(wire ?? frame.length, 12);
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

export interface Tcp {
  readonly ip: number;
  readonly tcp: number;
  readonly payload: number;
  readonly end: number;
  readonly v6: boolean;
}

/** Where the TCP parts of a frame lie; undefined for other frames. */
export function tcpOf(frame: Buffer): Tcp | undefined {
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

/** Every frame made anew. */
function mapFrames(image: Image, wrap: (frame: Buffer) => Buffer): Image {
  return {
    header: image.header,
    packets: image.packets.map((packet) => ({ ...packet, frame: wrap(packet.frame) })),
  };
}

/** Puts an 802.1Q tag (or one of another type) into every frame. */
export function tag(image: Image, id: number, type = 0x8100): Image {
  const vlan = Buffer.from([type >> 8, type & 255, id >> 8, id & 255]);
  return mapFrames(image, (frame) => Buffer.concat([frame.subarray(0, 12), vlan, frame.subarray(12)]));
}

/** An outer Ethernet and IPv4 header, from 10.9.8.1 to 10.9.8.2. */
function outer(protocol: number, size: number): Buffer {
  const header = Buffer.alloc(ETHERNET + 20);
  header.writeUInt16BE(0x0800, 12);
  header.writeUInt16BE(0x4500, 14);
  header.writeUInt16BE(20 + size, 16);
  header.writeUInt16BE((64 << 8) | protocol, 22);
  header.writeUInt32BE(0x0a090801, 26);
  header.writeUInt32BE(0x0a090802, 30);
  return header;
}

/** Carries the frames in GRE, as bridged Ethernet (RFC 2784). */
export function wrapInGre(image: Image): Image {
  const gre = Buffer.from([0, 0, 0x65, 0x58]);
  return mapFrames(image, (frame) => Buffer.concat([outer(47, 4 + frame.length), gre, frame]));
}

/** Carries the frames in VXLAN (RFC 7348). */
export function wrapInVxlan(image: Image, vni: number): Image {
  return mapFrames(image, (frame) => {
    const head = Buffer.alloc(16);
    head.writeUInt16BE(50_000, 0);
    head.writeUInt16BE(4789, 2);
    head.writeUInt16BE(16 + frame.length, 4);
    head[8] = 8;
    head.writeUInt32BE(vni * 256, 12);
    return Buffer.concat([outer(17, 16 + frame.length), head, frame]);
  });
}

/** Moves the sequence numbers of both directions of every connection by `by`. */
export function moveNumbers(image: Image, by: number): Image {
  return mapFrames(image, (frame) => {
    const where = tcpOf(frame);
    if (!where) return frame;
    const moved = Buffer.from(frame);
    for (const at of [4, 8]) {
      if (at === 8 && !(frame[where.tcp + 13]! & 16)) continue;
      moved.writeUInt32BE((frame.readUInt32BE(where.tcp + at) + by) >>> 0, where.tcp + at);
    }
    return moved;
  });
}

/** Sends the last bytes of each TCP segment again with the next segment of its direction, as overlapping segments do. */
export function overlap(image: Image, size: number): Image {
  const last = new Map<string, Buffer>();
  return mapFrames(image, (frame) => {
    const where = tcpOf(frame);
    if (!where || where.end <= where.payload || frame[where.tcp + 13]! & 2) return frame;
    const { ip, tcp, payload, end, v6 } = where;
    const key = `${frame.toString('hex', v6 ? ip + 8 : ip + 12, v6 ? ip + 40 : ip + 20)}${frame.toString('hex', tcp, tcp + 4)}`;
    const number = frame.readUInt32BE(tcp + 4);
    const before = last.get(key);
    last.set(key, Buffer.from(frame.subarray(tcp, end)));
    const kept = before && bytesBefore(before, number, size);
    if (!kept || kept.length === 0) return frame;
    const out = Buffer.concat([frame.subarray(0, payload), kept, frame.subarray(payload)]);
    out.writeUInt32BE((number - kept.length) >>> 0, tcp + 4);
    if (v6) out.writeUInt16BE(end - ip - 40 + kept.length, ip + 4);
    else out.writeUInt16BE(end - ip + kept.length, ip + 2);
    return out;
  });
}

/** The last payload bytes of a TCP segment, where they end at `number`. */
function bytesBefore(segment: Buffer, number: number, size: number): Buffer {
  const data = segment.subarray((segment[12]! >> 4) * 4);
  const end = (segment.readUInt32BE(4) + data.length) >>> 0;
  return end === number ? data.subarray(-Math.min(size, data.length)) : data.subarray(data.length);
}
