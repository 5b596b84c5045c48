/** The index template, made from the field catalogue: every field that pbfast emits is mapped, none is made dynamically. */
import type { Catalogue, Field, FieldType } from '../../events/fields.js';

type Mapping = Record<string, unknown>;

const IGNORE_ABOVE = 1024;
/** Longer text is kept in the document; it is only not indexed as a whole. */
const MAPPINGS: Readonly<Record<FieldType, Mapping>> = {
  keyword: { type: 'keyword', ignore_above: IGNORE_ABOVE },
  text: { type: 'text' },
  wildcard: { type: 'wildcard', ignore_above: IGNORE_ABOVE },
  long: { type: 'long' },
  // unsigned_long is not in every distribution; what passes 2^63 is kept in the document, only not found by its value.
  unsigned: { type: 'long', ignore_malformed: true },
  double: { type: 'double' },
  boolean: { type: 'boolean' },
  ip: { type: 'ip', ignore_malformed: true },
  date: { type: 'date' },
  object: { type: 'flattened', ignore_above: IGNORE_ABOVE },
  flattened: { type: 'flattened', ignore_above: IGNORE_ABOVE },
};

/** Body of PUT _index_template. `precision` 9 keeps nanoseconds. */
export function buildTemplate(catalogue: Catalogue, pattern: string, precision: 3 | 6 | 9): Mapping {
  return {
    index_patterns: [pattern],
    data_stream: {},
    priority: 150,
    template: {
      settings: { 'index.mapping.total_fields.limit': 2000, 'index.refresh_interval': '5s' },
      mappings: {
        dynamic: false,
        date_detection: false,
        properties: properties(catalogue, precision),
      },
    },
  };
}

function properties(catalogue: Catalogue, precision: 3 | 6 | 9): Mapping {
  const root: Mapping = {};
  for (const field of catalogue.all) {
    if (field.inside || field.path === '' || isParent(field, catalogue)) continue;
    place(root, field.path.split('.'), mappingOf(field, precision));
  }
  return root;
}

/** An object that is only given where it is empty: else its fields are, and they are mapped. */
function isParent({ path, type }: Field, { all }: Catalogue): boolean {
  const below = type === 'object' ? all.filter((field) => field.path.startsWith(`${path}.`)) : [];
  return below.length > 0 && below.every((field) => !field.inside);
}

function mappingOf(field: Field, precision: 3 | 6 | 9): Mapping {
  if (field.type === 'date' && precision > 3) return { type: 'date_nanos' };
  return MAPPINGS[field.type];
}

function place(into: Mapping, [head, ...rest]: readonly string[], mapping: Mapping): void {
  if (head === undefined) return;
  if (rest.length === 0) {
    into[head] ??= mapping;
    return;
  }
  into[head] ??= { properties: {} };
  const object = into[head] as { properties?: Mapping };
  // A field that holds an object as a whole already maps what is inside.
  if (object.properties) place(object.properties, rest, mapping);
}
