/**
 * A client of the native protocol by the specification, for what npm's driver does not speak: version 5 with its segments,
 * and compression. Shares nothing with the analyzer it tests.
 */
import { once } from 'node:events';
import { connect } from 'node:net';

const NAMES =
  'ERROR STARTUP READY AUTHENTICATE - OPTIONS SUPPORTED QUERY RESULT PREPARE EXECUTE REGISTER EVENT BATCH ' +
  'AUTH_CHALLENGE AUTH_RESPONSE AUTH_SUCCESS';
const OPS = NAMES.split(' ');
const KINDS = ['', 'void', 'rows', 'set_keyspace', 'prepared', 'schemaChanged'];
const MAX_PAYLOAD = 131_071;

const u8 = (n) => Buffer.from([n]);
const u16 = (n) => Buffer.from([(n >> 8) & 255, n & 255]);
const u32 = (n) => Buffer.from([(n >> 24) & 255, (n >> 16) & 255, (n >> 8) & 255, n & 255]);
const string = (text) => Buffer.concat([u16(Buffer.byteLength(text)), Buffer.from(text)]);
const long = (text) => Buffer.concat([u32(Buffer.byteLength(text)), Buffer.from(text)]);
const value = (bytes) => Buffer.concat([u32(bytes.length), bytes]);

/** CRC-24 bit by bit. */
function crc24(bytes) {
  let crc = 0x875060;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let i = 0; i < 8; i++) {
      crc <<= 1;
      if (crc & 0x1000000) crc ^= 0x1974f0b;
    }
  }
  return crc & 0xffffff;
}

/** CRC-32 over the constant of the specification and the payload. */
function crc32(bytes) {
  let crc = -1;
  for (const byte of [0xfa, 0x2d, 0x55, 0xca, ...bytes]) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A block of lz4 without matches. */
function packLz4(bytes) {
  const head = [Math.min(15, bytes.length) << 4];
  for (let left = bytes.length - 15; left >= 0; left -= 255) head.push(Math.min(255, left));
  return Buffer.concat([Buffer.from(head), bytes]);
}

function unpackLz4(block, size) {
  const out = Buffer.alloc(size);
  let [at, to] = [0, 0];
  const length = (nibble) => {
    let n = nibble;
    if (nibble === 15)
      do n += block[at];
      while (block[at++] === 255);
    return n;
  };
  while (at < block.length) {
    const token = block[at++];
    const literals = length(token >> 4);
    block.copy(out, to, at, at + literals);
    at += literals;
    to += literals;
    if (at >= block.length) break;
    const offset = block.readUInt16LE(at);
    at += 2;
    for (let n = length(token & 15) + 4; n > 0; n--, to++) out[to] = out[to - offset];
  }
  return out;
}

function checked(lengths, size) {
  const head = Buffer.alloc(size + 3);
  head.writeUIntLE(lengths, 0, size);
  head.writeUIntLE(crc24(head.subarray(0, size)), size, 3);
  return head;
}

function segment(payload, selfContained, packed) {
  const crc = Buffer.alloc(4);
  if (!packed) {
    crc.writeUInt32LE(crc32(payload));
    return Buffer.concat([checked(payload.length + (selfContained ? 2 ** 17 : 0), 3), payload, crc]);
  }
  const block = packLz4(payload);
  const sent = block.length > MAX_PAYLOAD ? payload : block;
  crc.writeUInt32LE(crc32(sent));
  const unpacked = sent === payload ? 0 : payload.length;
  return Buffer.concat([
    checked(sent.length + unpacked * 2 ** 17 + (selfContained ? 2 ** 34 : 0), 5),
    sent,
    crc,
  ]);
}

/** Reads a response body as far as the log needs it. */
class Reader {
  constructor(body) {
    this.body = body;
    this.at = 0;
  }
  u16() {
    this.at += 2;
    return this.body.readUInt16BE(this.at - 2);
  }
  u32() {
    this.at += 4;
    return this.body.readInt32BE(this.at - 4);
  }
  bytes(n) {
    this.at += n;
    return this.body.subarray(this.at - n, this.at);
  }
  string() {
    return this.bytes(this.u16()).toString();
  }
  /** Rows of columns of simple types. */
  rows() {
    const flags = this.u32();
    const columns = this.u32();
    const paging = flags & 2 ? this.bytes(this.u32()) : undefined;
    if (flags & 8) this.string();
    if (!(flags & 4)) {
      if (flags & 1) this.string() && this.string();
      for (let n = 0; n < columns; n++) {
        if (!(flags & 1)) this.string() && this.string();
        this.string();
        this.u16();
      }
    }
    return { rows: this.u32(), paging };
  }
}

/** One connection. `exchange` resolves with what was answered; many may be in flight. */
export class Connection {
  #socket;
  #version;
  #compression;
  #framed = false;
  #received = Buffer.alloc(0);
  #frames = Buffer.alloc(0);
  #waiting = new Map();
  #stream = 0;
  events = [];

  static async open(host, version, compression) {
    const connection = new Connection();
    connection.#version = version;
    connection.#compression = compression;
    connection.#socket = connect({ host, port: 9042, noDelay: true });
    connection.#socket.on('data', (bytes) => connection.#read(bytes));
    await once(connection.#socket, 'connect');
    return connection;
  }

  /** Sends several requests at once: [op, body, flags]. */
  send(...requests) {
    const answers = [];
    const frames = requests.map(([op, body, flags = 0]) => {
      const stream = this.#stream++ % 32_768;
      answers.push(new Promise((resolve) => this.#waiting.set(stream, resolve)));
      return this.#frame(op, body, flags, stream);
    });
    this.#socket.write(this.#framed ? this.#segments(frames) : Buffer.concat(frames));
    return Promise.all(answers);
  }

  #frame(op, body, flags, stream) {
    const pack = this.#compression === 'lz4' && this.#version < 5 && op !== 'STARTUP' && body.length > 0;
    const sent = pack ? Buffer.concat([u32(body.length), packLz4(body)]) : body;
    const head = [
      u8(this.#version),
      u8(flags | (pack ? 1 : 0)),
      u16(stream),
      u8(OPS.indexOf(op)),
      u32(sent.length),
    ];
    return Buffer.concat([...head, sent]);
  }

  /** Small frames together, large ones in parts. */
  #segments(frames) {
    const packed = this.#compression === 'lz4';
    const out = [];
    let together = [];
    const flush = () => {
      if (together.length > 0) out.push(segment(Buffer.concat(together), true, packed));
      together = [];
    };
    for (const frame of frames) {
      if (Buffer.concat([...together, frame]).length > MAX_PAYLOAD) flush();
      if (frame.length <= MAX_PAYLOAD) together.push(frame);
      else
        for (let at = 0; at < frame.length; at += MAX_PAYLOAD)
          out.push(segment(frame.subarray(at, at + MAX_PAYLOAD), false, packed));
    }
    flush();
    return Buffer.concat(out);
  }

  #read(bytes) {
    this.#received = Buffer.concat([this.#received, bytes]);
    while (this.#framed && this.#unframe());
    if (!this.#framed) {
      this.#frames = this.#received;
      this.#received = Buffer.alloc(0);
    }
    while (this.#frames.length >= 9 && this.#frames.length >= 9 + this.#frames.readUInt32BE(5)) this.#take();
    if (!this.#framed) {
      this.#received = this.#frames;
      this.#frames = Buffer.alloc(0);
    }
  }

  /** Moves the payload of the next segment to the frames. */
  #unframe() {
    const head = this.#compression === 'lz4' ? 8 : 6;
    const bytes = this.#received;
    if (bytes.length < head) return false;
    const size = bytes.readUIntLE(0, 3) & MAX_PAYLOAD;
    if (bytes.length < head + size + 4) return false;
    if (bytes.readUIntLE(head - 3, 3) !== crc24(bytes.subarray(0, head - 3))) throw new Error('crc24');
    let payload = bytes.subarray(head, head + size);
    if (bytes.readUInt32LE(head + size) !== crc32(payload)) throw new Error('crc32');
    const unpacked = head === 8 ? Math.floor(bytes.readUIntLE(0, 5) / 2 ** 17) & MAX_PAYLOAD : 0;
    if (unpacked > 0) payload = unpackLz4(payload, unpacked);
    this.#frames = Buffer.concat([this.#frames, payload]);
    this.#received = bytes.subarray(head + size + 4);
    return true;
  }

  #take() {
    const size = 9 + this.#frames.readUInt32BE(5);
    const frame = this.#frames.subarray(0, size);
    this.#frames = this.#frames.subarray(size);
    const stream = frame.readInt16BE(2);
    let body = frame.subarray(9);
    if (frame[1] & 1) body = unpackLz4(body.subarray(4), body.readUInt32BE(0));
    const answer = describe(OPS[frame[4]], frame[1], body, this.#version);
    if (answer.op === 'EVENT') this.events.push(answer);
    else this.#waiting.get(stream)(answer);
    this.#waiting.delete(stream);
    if (this.#version >= 5 && (answer.op === 'READY' || answer.op === 'AUTHENTICATE') && !this.#framed)
      this.#framed = true;
  }

  close() {
    this.#socket.end();
    return once(this.#socket, 'close');
  }
}

function describe(op, flags, body, version) {
  const reader = new Reader(body);
  const answer = { op };
  if (flags & 2) reader.bytes(16);
  if (flags & 8) for (let n = reader.u16(); n > 0; n--) reader.string();
  if (op === 'ERROR') return { ...answer, code: reader.u32(), message: reader.string() };
  if (op === 'EVENT') return { ...answer, type: reader.string(), change: reader.string() };
  if (op !== 'RESULT') return answer;
  answer.type = KINDS[reader.u32()];
  if (answer.type === 'rows') Object.assign(answer, reader.rows());
  if (answer.type === 'prepared') {
    answer.id = reader.bytes(reader.u16());
    if (version >= 5) answer.resultId = reader.bytes(reader.u16());
  }
  return answer;
}

const flagsOf = (version, flags) => (version >= 5 ? u32(flags) : u8(flags));

/** Bodies by version. */
export const bodies = (version) => ({
  startup: (options) =>
    Buffer.concat([u16(Object.keys(options).length), ...Object.entries(options).flat().map(string)]),
  auth: (user, password) => value(Buffer.from(`\0${user}\0${password}`)),
  register: (...types) => Buffer.concat([u16(types.length), ...types.map(string)]),
  query: (text, pageSize) =>
    Buffer.concat([
      long(text),
      u16(1),
      flagsOf(version, pageSize ? 4 : 0),
      pageSize ? u32(pageSize) : Buffer.alloc(0),
    ]),
  prepare: (text) => Buffer.concat([long(text), version >= 5 ? u32(0) : Buffer.alloc(0)]),
  execute: ({ id, resultId }, ...values) =>
    Buffer.concat([
      value(id).subarray(2),
      ...(version >= 5 ? [value(resultId).subarray(2)] : []),
      u16(1),
      flagsOf(version, 1 | 2),
      u16(values.length),
      ...values.map(value),
    ]),
  batch: (statements) =>
    Buffer.concat([
      u8(0),
      u16(statements.length),
      ...statements.flatMap(({ text, prepared, values }) => [
        ...(text === undefined || prepared ? [u8(1), value(prepared.id).subarray(2)] : [u8(0), long(text)]),
        u16(values.length),
        ...values.map(value),
      ]),
      u16(1),
      flagsOf(version, 0),
    ]),
});
export const int = u32;
