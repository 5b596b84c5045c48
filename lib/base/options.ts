/**
 * Declarations of options: one line each gives the type, the default, the validation and the documentation.
 * Used by analyzers, outputs and the configuration.
 */
export type OptionKind = 'flag' | 'integer' | 'text' | 'duration' | 'strings' | 'integers';

export interface Option<T> {
  readonly kind: OptionKind;
  readonly value: T;
  readonly about: string;
  readonly min?: number;
  readonly max?: number;
  readonly oneOf?: readonly string[];
}

// biome-ignore lint/suspicious/noExplicitAny: the value's type is recovered by OptionsOf
export type OptionSpec = Readonly<Record<string, Option<any>>>;
export type OptionsOf<S extends OptionSpec> = { readonly [K in keyof S]: S[K]['value'] };

export const flag = (value: boolean, about: string): Option<boolean> => ({ kind: 'flag', value, about });
export const integer = (
  value: number,
  about: string,
  range: { min?: number; max?: number } = {},
): Option<number> => ({
  kind: 'integer',
  value,
  about,
  ...range,
});
export const text = (value: string, about: string, oneOf?: readonly string[]): Option<string> => ({
  kind: 'text',
  value,
  about,
  ...(oneOf ? { oneOf } : {}),
});
/** Seconds, fractions allowed; written `10s`, `1m`, `500ms` or a bare number of seconds. */
export const duration = (seconds: number, about: string): Option<number> => ({
  kind: 'duration',
  value: seconds,
  about,
});
/** `oneOf`: what each may be, in upper case; configurations may write them in lower case. */
export const strings = (
  value: readonly string[],
  about: string,
  oneOf?: readonly string[],
): Option<readonly string[]> => ({
  kind: 'strings',
  value,
  about,
  ...(oneOf ? { oneOf } : {}),
});
export const integers = (value: readonly number[], about: string): Option<readonly number[]> => ({
  kind: 'integers',
  value,
  about,
});

/** The declared values. */
export function defaultsOf<S extends OptionSpec>(spec: S): OptionsOf<S> {
  return Object.fromEntries(Object.entries(spec).map(([k, o]) => [k, o.value])) as OptionsOf<S>;
}
