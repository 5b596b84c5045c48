/**
 * TCP connections of the mixes, as scripts of templates, interleaved: WINDOW of them are open at any time and take turns
 * packet by packet, so that flow tables and sessions are used as a real link uses them.
 */
import { FLAG, host, tcpFrame } from '../dist/demo/packets.js';
import { Template } from './template.js';

/** Connections open at the same time. */
const WINDOW = 1000;
/** Connections that begin in one turn until the window is full, so that they are not all at the same step. */
const RAMP = 20;
/** 200,000 packets a second. */
export const PACKET_NANOS = 5000;
const MSS = 1448;
export const SERVER = host(1);
/** Stands for all clients in a template. */
export const CLIENT = host(2);
/** Clients are 10.1.0.0 and following. */
export const FIRST_CLIENT = 0x0a010000;
const CLIENT_HOSTS = 5000;
const FIRST_PORT = 10_000;

/** Address and port of client number n. */
export const clientEnd = (n) => ({
  address: FIRST_CLIENT + (n % CLIENT_HOSTS),
  port: FIRST_PORT + (Math.floor(n / CLIENT_HOSTS) % 50_000),
});

/** A step of a TCP script: a segment from the client or from the server. */
function step(fromClient, port, flags, payload = '') {
  const [from, to] = fromClient ? [CLIENT, SERVER] : [SERVER, CLIENT];
  const template = new Template(
    tcpFrame(from, to, {
      sourcePort: fromClient ? 0 : port,
      destinationPort: fromClient ? port : 0,
      sequence: 0,
      acknowledgment: 0,
      flags,
      payload: Buffer.from(payload, 'latin1'),
    }),
    fromClient ? 'source' : 'destination',
  );
  return { template, fromClient, grows: template.grows, acknowledges: (flags & FLAG.ack) !== 0 };
}

const { syn, ack, psh, fin } = FLAG;
const open = (port) => [step(true, port, syn), step(false, port, syn | ack), step(true, port, ack)];
const close = (port) => [step(true, port, fin | ack), step(false, port, fin | ack), step(true, port, ack)];

/** A request and its response, in segments, with the acknowledgments of the client. */
export function exchange(port, request, response) {
  const steps = [step(true, port, psh | ack, request)];
  for (let at = 0, n = 1; at < response.length; at += MSS, n++) {
    const last = at + MSS >= response.length;
    steps.push(step(false, port, last ? psh | ack : ack, response.slice(at, at + MSS)));
    if (last || n % 2 === 0) steps.push(step(true, port, ack));
  }
  return steps;
}

/** Writes `connections` connections that go through `exchanges`, each from another one on. */
export function writeConnections(file, { port, connections, exchanges }) {
  const phases = { opening: open(port), closing: close(port), exchanges };
  const clock = { time: 0, exchanges: 0 };
  const talks = [];
  let begun = 0;
  while (begun < connections || talks.length > 0) {
    for (let i = 0; i < RAMP && talks.length < WINDOW && begun < connections; i++)
      talks.push(new Talk(phases, begun++));
    for (let i = talks.length - 1; i >= 0; i--) {
      if (talks[i].send(file, clock)) continue;
      if (begun < connections) {
        talks[i] = new Talk(phases, begun++);
      } else {
        talks[i] = talks[talks.length - 1];
        talks.pop();
      }
    }
  }
}

/** One connection on its way through its script. */
class Talk {
  #phases;
  #first;
  #end;
  #script;
  #at = 0;
  #round = -1;
  #number = 0;
  /** Next sequence numbers of client and server. */
  #sent;

  constructor(phases, n) {
    this.#phases = phases;
    this.#first = n;
    this.#end = clientEnd(n);
    this.#script = phases.opening;
    this.#sent = [n * 7919, n * 104_729];
  }

  /** Sends the next segment; false after the last one. */
  send(file, clock) {
    const { template, fromClient, grows, acknowledges } = this.#script[this.#at++];
    const [own, other] = fromClient ? [0, 1] : [1, 0];
    const acknowledgment = acknowledges ? this.#sent[other] : 0;
    template.segment(file, clock.time, this.#end, this.#sent[own], acknowledgment, this.#number);
    this.#sent[own] += grows;
    clock.time += PACKET_NANOS;
    return this.#at < this.#script.length || this.#nextScript(clock);
  }

  #nextScript(clock) {
    const { closing, exchanges } = this.#phases;
    if (this.#script === closing) return false;
    this.#at = 0;
    this.#round++;
    if (this.#round === exchanges.length) {
      this.#script = closing;
    } else {
      this.#script = exchanges[(this.#first + this.#round) % exchanges.length];
      this.#number = clock.exchanges++;
    }
    return true;
  }
}
