/** Interned strings: written to the encoder once, named by number in rows. */
const texts: string[] = [''];
const ids = new Map<string, number>();

/** LIMIT: beyond, constant() returns 0 and the caller writes the text itself. */
export const MAX_CONSTANTS = 65_536;

/** The number of `text`; the same text gives the same number. 0 when the table is full. */
export function constant(text: string): number {
  const known = ids.get(text);
  if (known !== undefined) return known;
  if (texts.length >= MAX_CONSTANTS) return 0;
  const id = texts.length;
  texts.push(text);
  ids.set(text, id);
  return id;
}

export const constantText = (id: number): string => texts[id] ?? '';
/** Texts from number `from` on, for the encoder. */
export const constantsFrom = (from: number): string[] => texts.slice(from);
