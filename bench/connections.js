/**
 * Conversations of the mixes, as scripts of templates, interleaved: WINDOW of them are open at any time and take turns packet
 * by packet, so that flow tables and sessions are used as a real link uses them.
 */
import { FLAG, host, tcpFrame, udpFrame } from '../dist/demo/packets.js';
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

/** What one side sends, in segments; the other acknowledges every second one, and the last where nothing follows. */
function segments(port, fromClient, bytes, acknowledgeLast) {
  const steps = [];
  for (let at = 0, n = 1; at < bytes.length; at += MSS, n++) {
    const last = at + MSS >= bytes.length;
    steps.push(step(fromClient, port, last ? psh | ack : ack, bytes.slice(at, at + MSS)));
    if (last ? acknowledgeLast : n % 2 === 0) steps.push(step(!fromClient, port, ack));
  }
  return steps;
}

/** A request and its response, with the acknowledgments of the client. */
export const exchange = (port, request, response) => talk(port, [{ client: request }, { server: response }]);

/** Messages { client: bytes } and { server: bytes } in turn; the last is acknowledged. */
export const talk = (port, messages) =>
  messages.flatMap(({ client, server }, i) =>
    segments(port, client !== undefined, client ?? server, i === messages.length - 1),
  );

/** The same in UDP, a datagram a message. */
export const datagrams = (port, messages) =>
  messages.map(({ client, server }) => {
    const frame =
      server === undefined
        ? udpFrame(CLIENT, SERVER, 0, port, Buffer.from(client, 'latin1'))
        : udpFrame(SERVER, CLIENT, port, 0, Buffer.from(server, 'latin1'));
    return message(frame, server === undefined);
  });

/** A step that is a frame by itself; see Template for `variable`. */
export const message = (frame, fromClient, variable = fromClient ? 'source' : 'destination') => ({
  template: new Template(frame, variable),
  fromClient,
  grows: -1,
});

/** Writes `connections` connections: the handshake, `greeting` (steps), `rounds` (steps each) of them, the close. */
export function writeConnections(file, { port, connections, greeting = [], rounds, turns }) {
  const opening = [...open(port), ...greeting];
  writeTalks(file, connections, {
    opening,
    closing: close(port),
    rounds,
    turns: turns ?? rounds.length,
    endOf: clientEnd,
  });
}

/** Writes conversations of datagrams. `endOf` tells address and port of a client. */
export function writeDatagrams(file, { connections, rounds, turns, endOf }) {
  writeTalks(file, connections, {
    opening: [],
    closing: [],
    rounds,
    turns: turns ?? rounds.length,
    endOf: endOf ?? clientEnd,
  });
}

function writeTalks(file, count, phases) {
  const clock = { time: 0, exchanges: 0 };
  const talks = [];
  let begun = 0;
  while (begun < count || talks.length > 0) {
    for (let i = 0; i < RAMP && talks.length < WINDOW && begun < count; i++)
      talks.push(new Talk(phases, begun++, clock));
    for (let i = talks.length - 1; i >= 0; i--) {
      if (talks[i].send(file, clock)) continue;
      if (begun < count) {
        talks[i] = new Talk(phases, begun++, clock);
      } else {
        talks[i] = talks[talks.length - 1];
        talks.pop();
      }
    }
  }
}

/** One connection on its way through its script: `turns` of the rounds, each connection from another one on. */
class Talk {
  #phases;
  #first;
  #end;
  #script;
  #at = 0;
  #round = -1;
  #number;
  /** Next sequence numbers of client and server. */
  #sent;

  constructor(phases, n, clock) {
    this.#phases = phases;
    this.#first = n;
    this.#end = phases.endOf(n);
    this.#number = n;
    this.#script = phases.opening;
    this.#sent = [n * 7919, n * 104_729];
    if (this.#script.length === 0) this.#nextScript(clock);
  }

  /** Sends the next packet; false after the last one. */
  send(file, clock) {
    const { template, fromClient, grows, acknowledges } = this.#script[this.#at++];
    if (grows < 0) {
      template.message(file, clock.time, this.#end, this.#number);
    } else {
      const [own, other] = fromClient ? [0, 1] : [1, 0];
      const acknowledgment = acknowledges ? this.#sent[other] : 0;
      template.segment(file, clock.time, this.#end, this.#sent[own], acknowledgment, this.#number);
      this.#sent[own] += grows;
    }
    clock.time += PACKET_NANOS;
    return this.#at < this.#script.length || this.#nextScript(clock);
  }

  #nextScript(clock) {
    const { closing, rounds, turns } = this.#phases;
    if (this.#script === closing) return false;
    this.#at = 0;
    this.#round++;
    if (this.#round === turns) {
      this.#script = closing;
      return closing.length > 0;
    }
    this.#script = rounds[(this.#first + this.#round) % rounds.length];
    this.#number = clock.exchanges++;
    return true;
  }
}
