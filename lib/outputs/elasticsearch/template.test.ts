import { describe, expect, it } from 'vitest';
import { Catalogue, declare, type FieldType } from '../../events/fields.js';
import { buildTemplate } from './template.js';

const KINDS: Readonly<Record<FieldType, string>> = {
  keyword: 'keyword',
  text: 'text',
  wildcard: 'wildcard',
  long: 'long',
  unsigned: 'long',
  double: 'double',
  boolean: 'boolean',
  ip: 'ip',
  date: 'date',
  object: 'flattened',
  flattened: 'flattened',
};

type Mapping = { type?: string; properties?: Record<string, Mapping> };

function mappings(spec: Parameters<typeof declare>[0], precision: 3 | 6 | 9 = 3): Record<string, Mapping> {
  const { template } = buildTemplate(new Catalogue([declare(spec)]), 'p*', precision) as {
    template: { mappings: { dynamic: unknown; properties: Record<string, Mapping> } };
  };
  expect(template.mappings.dynamic).toBe(false);
  return template.mappings.properties;
}

describe('the index template', () => {
  it.each(Object.entries(KINDS))('maps a field of type %s to %s', (type, mapped) => {
    const { a } = mappings({ 'a.b.c': { type: type as FieldType, about: '' } });
    expect(a!.properties!.b!.properties!.c!.type).toBe(mapped);
  });

  it('keeps the digits of dates', () => {
    expect(mappings({ t: { type: 'date', about: '' } }, 3).t!.type).toBe('date');
    for (const precision of [6, 9] as const)
      expect(mappings({ t: { type: 'date', about: '' } }, precision).t!.type).toBe('date_nanos');
  });

  it('leaves out what only documents the inside of an object', () => {
    const { a } = mappings({
      a: { type: 'object', about: '' },
      'a.b': { type: 'keyword', about: '', inside: true },
      'a.c': { type: 'keyword', about: '' },
    });
    expect(a).toEqual({ type: 'flattened', ignore_above: 1024 });
  });

  it('maps the fields of an object that is given as a whole only where it is empty', () => {
    const { a } = mappings({ a: { type: 'object', about: '' }, 'a.b': { type: 'long', about: '' } });
    expect(a).toEqual({ properties: { b: { type: 'long' } } });
  });

  it('is a data stream of the pattern', () => {
    expect(buildTemplate(new Catalogue([]), 'p-1*', 3)).toMatchObject({
      index_patterns: ['p-1*'],
      data_stream: {},
    });
  });
});
