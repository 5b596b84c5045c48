/** What every protocol says of a message without its counterpart: one rule, so that one search finds them all. */
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { FLAG } from '../../events/layout.js';
import type { Row } from '../../events/row.js';

const ERROR = constant('Error');
const UNANSWERED = constant('Unmatched request');
const ORPHANED = constant('Unmatched response');

/** The request got no response: timed out, pushed out, or left at the end. */
export function markUnanswered(row: Row): void {
  row.status = ERROR;
  row.word(shared['error.message'], UNANSWERED);
}

/** A response whose request was not seen; its time is the event's, which has no start. */
export function markOrphaned(row: Row, seconds: number, nanoseconds: number): void {
  row.start(seconds, nanoseconds);
  row.end(seconds, nanoseconds);
  row.flags |= FLAG.noStart;
  row.status = ERROR;
  row.word(shared['error.message'], ORPHANED);
}
