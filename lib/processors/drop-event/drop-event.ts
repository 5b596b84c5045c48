/** drop_event with a condition that is decided when the configuration is read: whole kinds of events are dropped. */
import { decide, type Known } from '../condition.js';

/** Whether all events with the `known` fields are dropped; undefined when only each event could tell. */
export function dropsAll(settings: unknown, known: Known): boolean | undefined {
  const when =
    typeof settings === 'object' && settings !== null ? (settings as { when?: unknown }).when : undefined;
  return when === undefined ? true : decide(when, known);
}
