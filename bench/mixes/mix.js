/** What the mixes of request and response have in common. */
import { datagrams, talk, writeConnections, writeDatagrams } from '../connections.js';

/** At full size. */
const EXCHANGES = 200_000;

/** A round of one event: a request and its response. */
export const pair = (client, server) => ({ events: 1, messages: [{ client }, { server }] });

/** A round of several events. */
export const round = (events, ...messages) => ({ events, messages });

const eventsOf = (rounds, turns) => rounds.slice(0, turns).reduce((sum, { events }) => sum + events, 0);

/**
 * Connections that begin with the messages of `greeting` (which give `greeted` events) and go through `turns` of the rounds;
 * if not through all, each must give as many events.
 */
export function tcpMix({ port, greeting = [], greeted = 0, rounds, turns = rounds.length, ...rest }) {
  const unit = greeted + eventsOf(rounds, turns);
  return {
    ...rest,
    exchanges: EXCHANGES,
    unit,
    write(file, count) {
      const connections = count / unit;
      const steps = rounds.map(({ messages }) => talk(port, messages));
      writeConnections(file, { port, connections, greeting: talk(port, greeting), rounds: steps, turns });
      return { exchanges: count, flows: connections };
    },
  };
}

/** The same over UDP, without beginning and end. */
export function udpMix({ port, rounds, turns = rounds.length, ...rest }) {
  const unit = eventsOf(rounds, turns);
  return {
    ...rest,
    exchanges: EXCHANGES,
    unit,
    write(file, count) {
      const connections = count / unit;
      const steps = rounds.map(({ messages }) => datagrams(port, messages));
      writeDatagrams(file, { connections, rounds: steps, turns });
      return { exchanges: count, flows: connections };
    },
  };
}
