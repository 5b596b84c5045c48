/**
 * Field declarations. Each room declares the fields it emits once; the catalogue gives them ids in path order, and from
 * it come the encoder's table, docs/fields.md and the index template.
 */
export type FieldType =
  | 'keyword'
  | 'text'
  | 'wildcard'
  | 'long'
  | 'unsigned'
  | 'double'
  | 'boolean'
  | 'ip'
  | 'date'
  | 'object'
  | 'flattened';

export interface Field<T extends FieldType = FieldType, L extends boolean = boolean> {
  readonly path: string;
  readonly type: T;
  readonly about: string;
  /** The value is (or may be) a list of this type. */
  readonly list: L;
  /** Only documents what lies inside an object or list: has no id, is never set by itself. */
  readonly inside: boolean;
  /** Given by the catalogue; 0 before. */
  id: number;
}

interface Spec {
  readonly type: FieldType;
  readonly about: string;
  readonly list?: boolean;
  readonly inside?: boolean;
}

export type Fields = Readonly<Record<string, Field>>;
export type Declared<S extends Record<string, Spec>> = {
  readonly [K in keyof S]: Field<S[K]['type'], S[K] extends { list: true } ? true : false>;
};

/** Declares the fields of one room: `declare({ 'http.version': { type: 'keyword', about: '...' } })`. */
export function declare<const S extends Record<string, Spec>>(spec: S): Declared<S> {
  const fields: Record<string, Field> = {};
  for (const [path, s] of Object.entries(spec)) {
    fields[path] = {
      path,
      type: s.type,
      about: s.about,
      list: s.list ?? false,
      inside: s.inside ?? false,
      id: 0,
    };
  }
  // PERF: a copy has fast properties; what was filled by key is a hash table, asked at each field an analyzer writes.
  return { ...fields } as Declared<S>;
}

/** Stands for a value inside a list or after a key. */
// biome-ignore lint/suspicious/noExplicitAny: an item may be of any type
export const ITEM: Field<any> = {
  path: '',
  type: 'keyword',
  about: '',
  list: false,
  inside: true,
  id: 0,
};

export class Catalogue {
  /** By id; index 0 is unused. */
  readonly byId: readonly Field[];
  /** All, `inside` ones too, in path order. */
  readonly all: readonly Field[];

  /** Gives every field its id. The same path may be declared in several rooms: they share the id. */
  constructor(rooms: readonly Fields[]) {
    const all = rooms.flatMap((room) => Object.values(room)).sort((a, b) => comparePaths(a.path, b.path));
    const byId: Field[] = [ITEM];
    for (const field of all) {
      if (field.inside) continue;
      const last = byId[byId.length - 1]!;
      if (byId.length > 1 && last.path === field.path) {
        if (last.type !== field.type)
          throw new Error(`field ${field.path} is declared as ${last.type} and ${field.type}`);
        field.id = last.id;
        continue;
      }
      field.id = byId.length;
      byId.push(field);
    }
    this.byId = byId;
    this.all = all.filter((field, i) => field.path !== all[i - 1]?.path);
  }

  find(path: string): Field | undefined {
    return this.byId.find((field) => field.path === path);
  }
}

/** Order in which an object's fields are neighbours: by path segment. */
export function comparePaths(a: string, b: string): number {
  const left = a.split('.');
  const right = b.split('.');
  for (let i = 0; i < left.length && i < right.length; i++) {
    if (left[i] !== right[i]) return left[i]! < right[i]! ? -1 : 1;
  }
  return left.length - right.length;
}
