/** The TypeScript types of events, made from the field declarations: `EventOf<'http', typeof httpFields>`. */
import type { envelope, shared } from './envelope.js';
import type { Field, FieldType } from './fields.js';

type Scalar<T extends FieldType> = T extends 'long' | 'unsigned' | 'double'
  ? number
  : T extends 'boolean'
    ? boolean
    : T extends 'object' | 'flattened'
      ? Record<string, unknown>
      : string;

type Value<F> = F extends Field<infer T, infer L>
  ? L extends true
    ? Scalar<T> | Scalar<T>[]
    : Scalar<T>
  : never;

/** { a: { b: V } } from 'a.b'. */
type Nested<P extends string, V> = P extends `${infer Head}.${infer Rest}`
  ? { readonly [K in Head]?: Nested<Rest, V> }
  : { readonly [K in P]?: V };

type All<U> = (U extends unknown ? (u: U) => void : never) extends (all: infer I) => void ? I : never;

type NestedFields<F> = All<{ [P in keyof F & string]: Nested<P, Value<F[P]>> }[keyof F & string]>;

/** An event of one kind: what its fields declare, and the envelope. */
export type EventOf<Type extends string, F> = NestedFields<typeof envelope> &
  NestedFields<typeof shared> &
  NestedFields<F> & { readonly type: Type; readonly '@timestamp': string };
