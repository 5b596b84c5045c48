/**
 * A frame that is sent many times with a few bytes changed: addresses, ports, sequence numbers, the number of the exchange in
 * the payload. Its checksums are summed up once; each copy adds what it changed. Ethernet, IPv4 without options, TCP, UDP or
 * ICMP.
 */
import { fold, sumWords } from '../dist/demo/packets.js';

const IP = 14;
const TRANSPORT = 34;
const PROTOCOL = { icmp: 1, tcp: 6, udp: 17 };
const UDP_PAYLOAD = TRANSPORT + 8;
const SUM_OFFSET = { 1: 2, 6: 16, 17: 6 };
/** Wherever they stand in the payload, the number of the exchange takes their place: as eight digits, as three bytes. */
const DIGITS = Buffer.from('00000000');
export const NUMBER = Buffer.from([0xfe, 0xed, 0xc0]);

export class Template {
  #frame;
  #protocol;
  #fixed;
  #address;
  #port;
  /** Where the number goes. */
  #digits;
  #binary;
  #ipSum;
  #sum;
  #sumAt;

  /** The changing end is the frame's source (`variable` 'source') or its destination; with 'none' both stay. */
  constructor(frame, variable) {
    this.#frame = Buffer.from(frame);
    this.#protocol = frame[IP + 9];
    this.#fixed = variable === 'none';
    this.#address = variable === 'source' ? IP + 12 : IP + 16;
    this.#port = variable === 'source' ? TRANSPORT : TRANSPORT + 2;
    this.#sumAt = TRANSPORT + SUM_OFFSET[this.#protocol];
    this.#digits = everyPlace(this.#frame, DIGITS);
    this.#binary = everyPlace(this.#frame, NUMBER);
    this.#clear();
    const icmp = this.#protocol === PROTOCOL.icmp;
    const pseudo = this.#protocol + frame.length - TRANSPORT + sumWords(this.#frame, IP + 12, IP + 20);
    this.#ipSum = sumWords(this.#frame, IP, TRANSPORT);
    this.#sum = (icmp ? 0 : pseudo) + sumWords(this.#frame, TRANSPORT, frame.length);
  }

  get size() {
    return this.#frame.length;
  }

  /** Payload bytes of a TCP segment; SYN and FIN count one. */
  get grows() {
    const flags = this.#frame[TRANSPORT + 13];
    return this.#frame.length - TRANSPORT - 20 + (flags & 3 ? 1 : 0);
  }

  /** Writes a TCP segment for `end` { address, port }. */
  segment(file, time, end, sequence, acknowledgment, number) {
    const at = this.#copy(file, time);
    const out = file.buffer;
    const seq = sequence % 4294967296;
    const ack = acknowledgment % 4294967296;
    put32(out, at + TRANSPORT + 4, seq);
    put32(out, at + TRANSPORT + 8, ack);
    const changed = words(seq) + words(ack) + this.#number(out, at, number);
    this.#finish(out, at, end, changed);
  }

  /** Writes a UDP datagram whose payload begins with the 16-bit `id`. */
  datagram(file, time, end, id, number) {
    const at = this.#copy(file, time);
    const before = (file.buffer[at + UDP_PAYLOAD] << 8) | file.buffer[at + UDP_PAYLOAD + 1];
    put16(file.buffer, at + UDP_PAYLOAD, id);
    this.#finish(file.buffer, at, end, id - before + this.#number(file.buffer, at, number));
  }

  /** Writes a UDP datagram, or an ICMP message. */
  message(file, time, end, number) {
    const at = this.#copy(file, time);
    this.#finish(file.buffer, at, end, this.#number(file.buffer, at, number));
  }

  /** What the copies set is zero in the sums. */
  #clear() {
    const frame = this.#frame;
    frame.fill(0, IP + 10, IP + 12);
    frame.fill(0, this.#sumAt, this.#sumAt + 2);
    if (!this.#fixed) frame.fill(0, this.#address, this.#address + 4);
    if (!this.#fixed && this.#protocol !== PROTOCOL.icmp) frame.fill(0, this.#port, this.#port + 2);
    if (this.#protocol === PROTOCOL.tcp) frame.fill(0, TRANSPORT + 4, TRANSPORT + 12);
    for (const at of this.#digits) frame.fill(0, at, at + DIGITS.length);
    for (const at of this.#binary) frame.fill(0, at, at + NUMBER.length);
  }

  #copy(file, time) {
    const at = file.reserve(time, this.#frame.length);
    file.buffer.set(this.#frame, at);
    return at;
  }

  #finish(out, at, end, changed) {
    const own = this.#fixed ? 0 : words(end.address);
    const port = this.#fixed || this.#protocol === PROTOCOL.icmp ? 0 : end.port;
    if (!this.#fixed) put32(out, at + this.#address, end.address);
    if (port) put16(out, at + this.#port, port);
    put16(out, at + IP + 10, fold(this.#ipSum + own));
    const summed = this.#protocol === PROTOCOL.icmp ? 0 : own + port;
    const sum = fold(this.#sum + summed + changed);
    put16(out, at + this.#sumAt, sum || (this.#protocol === PROTOCOL.udp ? 0xffff : 0));
  }

  /** Writes the number wherever it belongs; returns what it adds to the sum. */
  #number(out, at, number) {
    let sum = 0;
    for (const place of this.#digits) {
      for (let i = place + DIGITS.length - 1, rest = number; i >= place; i--) {
        sum += put8(out, at, i, 48 + (rest % 10));
        rest = (rest / 10) | 0;
      }
    }
    for (const place of this.#binary) {
      for (let i = 0; i < NUMBER.length; i++)
        sum += put8(out, at, place + i, (number >>> (16 - 8 * i)) & 255);
    }
    return sum;
  }
}

function everyPlace(frame, mark) {
  const places = [];
  for (let at = frame.indexOf(mark, TRANSPORT); at >= 0; at = frame.indexOf(mark, at + mark.length)) {
    places.push(at);
  }
  return places;
}

/** Puts byte `i` of the frame at `at`; returns what it adds to the sum of words. */
function put8(out, at, i, byte) {
  out[at + i] = byte;
  return i & 1 ? byte : byte << 8;
}

function put16(out, at, value) {
  out[at] = value >>> 8;
  out[at + 1] = value;
}

function put32(out, at, value) {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

const words = (value) => (value >>> 16) + (value & 0xffff);
