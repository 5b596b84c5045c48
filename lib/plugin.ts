/**
 * What an analyzer of one's own is made of: `import { analyzer, declare } from 'pbfast/plugin'`.
 *
 * A plugin is a folder like those in lib/protocols: fields.ts, parser.ts, analyzer.ts, whose default export is the analyzer
 * (or a list of them). `pbfast read FILE --plugin ./my-protocol/analyzer.ts` loads it. examples/my-protocol is one to copy.
 */

export type { Counter } from './base/counters.js';
export { Cursor } from './base/cursor.js';
export { duration, flag, integer, integers, type OptionsOf, strings, text } from './base/options.js';
export { constant } from './events/constants.js';
export { shared } from './events/envelope.js';
export { declare, type Fields, ITEM } from './events/fields.js';
export type { Row } from './events/row.js';
export type { EventOf } from './events/types.js';
export type { Compression } from './handoff/addon.js';
export type { EndReason } from './handoff/record.js';
export {
  type Analyzer,
  analyzer,
  type Connect,
  type Direction,
  type Emit,
  type Flow,
  type Session,
  type Transport,
  type Verdict,
} from './protocols/analyzer.js';
export { Deadlines, Waiting } from './protocols/kit/deadlines.js';
export { decompress } from './protocols/kit/decompress.js';
export { ByKey, InOrder, type PairingOptions, Request } from './protocols/kit/pairing.js';
export { Text } from './protocols/kit/text.js';
export { markOrphaned, markUnanswered } from './protocols/kit/unpaired.js';
export { Words } from './protocols/kit/words.js';
