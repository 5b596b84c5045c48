/** What became of the sessions of all analyzers. */
import type { Counters } from '../base/counters.js';

/** opened = ended + given up + oversized + crashed + those that are open. */
export type SessionCounts = ReturnType<typeof countSessions>;

export const countSessions = (counters: Counters) => ({
  opened: counters.get('protocols.sessions.opened'),
  ended: counters.get('protocols.sessions.ended'),
  /** By the analyzer: it is not its protocol, or cannot be followed any more. */
  givenUp: counters.get('protocols.sessions.given_up'),
  oversized: counters.get('protocols.sessions.oversized'),
  crashed: counters.get('protocols.sessions.crashed'),
});
