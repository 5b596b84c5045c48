/** One level of nesting: a struct or container being read, and what limits its text. */
import { TYPE } from './types.js';

export const OPENING: Readonly<Record<number, number>> = {
  [TYPE.struct]: 0x28,
  [TYPE.list]: 0x5b,
  [TYPE.set]: 0x7b,
  [TYPE.map]: 0x7b,
};
export const CLOSING: Readonly<Record<number, number>> = {
  [TYPE.struct]: 0x29,
  [TYPE.list]: 0x5d,
  [TYPE.set]: 0x7d,
  [TYPE.map]: 0x7d,
};

export interface Limits {
  readonly string_max_size: number;
  readonly collection_max_size: number;
  readonly drop_after_n_struct_fields: number;
  readonly obfuscate_strings: boolean;
  readonly capture_reply: boolean;
  readonly transport_type: string;
  readonly protocol_type: string;
}

/** A struct or container being read. */
export class Level {
  type = 0;
  keyType = 0;
  valueType = 0;
  /** Elements of a container still to come; keys and values of a map count each. */
  left = 0;
  /** Elements or fields begun; a pair of a map is one. */
  index = 0;
  lastId = 0;
  /** Its brackets are in the text. */
  shown = false;
  /** What comes is not put into the text. */
  quiet = false;
}
