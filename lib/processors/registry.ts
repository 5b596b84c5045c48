/** The list of processors, and what a list of them does to each kind of event when that is known beforehand. */
import { dropsAll } from './drop-event/drop-event.js';

/** Whether the processors drop every event of `type`. */
export interface Fate {
  readonly dropped: boolean;
  /** Names of processors that have no effect yet on these events. */
  readonly unsupported: readonly string[];
}

/** `processors` as the configuration has it: a list of `{ name: settings }`. */
export function fateOf(type: string, processors: readonly unknown[]): Fate {
  const known = { type, 'event.dataset': type, 'event.kind': 'event' };
  const unsupported: string[] = [];
  let dropped = false;
  for (const entry of processors) {
    const [name, settings] = Object.entries(entry ?? {})[0] ?? ['', undefined];
    const verdict = name === 'drop_event' ? dropsAll(settings, known) : undefined;
    if (verdict === undefined) unsupported.push(name);
    else dropped ||= verdict;
  }
  return { dropped, unsupported };
}
