/**
 * A frame that is sent many times with a few bytes changed: addresses, ports, sequence numbers, a number in the payload. Its
 * checksums are summed up once; each copy adds what it changed. Ethernet, IPv4 without options, TCP or UDP.
 */
import { fold, sumWords } from '../dist/demo/packets.js';

const IP = 14;
const TRANSPORT = 34;
const TCP = 6;
const UDP_PAYLOAD = TRANSPORT + 8;
const SUM_OFFSET = { 6: 16, 17: 6 };
/** Eight zeros in the payload stand for the number. */
const MARK = Buffer.from('00000000');
const DIGITS = MARK.length;

export class Template {
  #frame;
  #tcp;
  #address;
  #port;
  #mark;
  #ipSum;
  #sum;
  #sumAt;

  /** The changing end is the frame's source (`variable` 'source') or its destination. */
  constructor(frame, variable) {
    const protocol = frame[IP + 9];
    this.#frame = Buffer.from(frame);
    this.#tcp = protocol === TCP;
    this.#address = variable === 'source' ? IP + 12 : IP + 16;
    this.#port = variable === 'source' ? TRANSPORT : TRANSPORT + 2;
    this.#sumAt = TRANSPORT + SUM_OFFSET[protocol];
    const mark = frame.indexOf(MARK, TRANSPORT);
    this.#mark = mark < 0 ? 0 : mark;
    this.#clear();
    const ends = sumWords(this.#frame, IP + 12, IP + 20);
    this.#ipSum = sumWords(this.#frame, IP, TRANSPORT);
    this.#sum = protocol + frame.length - TRANSPORT + ends + sumWords(this.#frame, TRANSPORT, frame.length);
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
    const out = file.buffer;
    put16(out, at + UDP_PAYLOAD, id);
    this.#finish(out, at, end, id + this.#number(out, at, number));
  }

  /** What the copies set is zero in the sums. */
  #clear() {
    const frame = this.#frame;
    frame.fill(0, this.#address, this.#address + 4);
    frame.fill(0, this.#port, this.#port + 2);
    frame.fill(0, IP + 10, IP + 12);
    frame.fill(0, this.#sumAt, this.#sumAt + 2);
    if (this.#tcp) frame.fill(0, TRANSPORT + 4, TRANSPORT + 12);
    else frame.fill(0, UDP_PAYLOAD, UDP_PAYLOAD + 2);
    if (this.#mark) frame.fill(0, this.#mark, this.#mark + DIGITS);
  }

  #copy(file, time) {
    const at = file.reserve(time, this.#frame.length);
    file.buffer.set(this.#frame, at);
    return at;
  }

  #finish(out, at, { address, port }, changed) {
    put32(out, at + this.#address, address);
    put16(out, at + this.#port, port);
    const ends = words(address);
    put16(out, at + IP + 10, fold(this.#ipSum + ends));
    put16(out, at + this.#sumAt, fold(this.#sum + ends + port + changed) || (this.#tcp ? 0 : 0xffff));
  }

  /** Writes the number in eight digits; returns what they add to the sum. */
  #number(out, at, number) {
    if (!this.#mark) return 0;
    let rest = number;
    let sum = 0;
    for (let i = this.#mark + DIGITS - 1; i >= this.#mark; i--) {
      const digit = 48 + (rest % 10);
      rest = (rest / 10) | 0;
      out[at + i] = digit;
      sum += i & 1 ? digit : digit << 8;
    }
    return sum;
  }
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
