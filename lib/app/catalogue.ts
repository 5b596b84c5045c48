/** The catalogue of all fields: the envelope's, every analyzer's, and what the configuration adds. */
import { envelope, health, shared } from '../events/envelope.js';
import { Catalogue, declare, type Fields } from '../events/fields.js';
import type { Analyzer } from '../protocols/analyzer.js';
import { analyzers } from '../protocols/registry.js';

/** Carried by every event of a run. */
export const general = declare({
  'agent.name': { type: 'keyword', about: 'The `name` setting, or the host name.' },
  'agent.type': { type: 'keyword', about: 'Always pbfast.' },
  'agent.version': { type: 'keyword', about: 'Version of pbfast.' },
  'host.name': { type: 'keyword', about: 'Name of the host that captured.' },
  tags: { type: 'keyword', list: true, about: 'The `tags` settings.' },
});

/** The declarations of the envelope and of these analyzers. */
export const fieldRooms = (known: readonly Analyzer[]): Fields[] => [
  envelope,
  health,
  shared,
  general,
  ...known.map((analyzer) => analyzer.fields),
];

/** `plugins`: analyzers beside our own. */
export function buildCatalogue(
  extra: readonly (readonly [string, 'keyword' | 'flattened'])[] = [],
  plugins: readonly Analyzer[] = [],
): Catalogue {
  const configured: Fields = declare(
    Object.fromEntries(extra.map(([path, type]) => [path, { type, about: 'Added by the configuration.' }])),
  );
  return new Catalogue([configured, ...fieldRooms([...analyzers, ...plugins])]);
}
