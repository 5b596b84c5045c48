import { expect, it } from 'vitest';
import { loadAddon } from './addon.js';
import { BATCH_BYTES, BATCH_RECORDS, COMMAND_WORDS, INFO, RECORD_BYTES, WORD } from './record.js';

it('mirrors record.h', () => {
  const layout = loadAddon().recordLayout();
  expect(RECORD_BYTES).toBe(layout['record.size']);
  for (const name of [
    'flow',
    'generation',
    'offset',
    'length',
    'seconds',
    'nanoseconds',
    'streamOffset',
  ] as const) {
    expect(WORD[name] * 4, name).toBe(layout[`record.${name}`]);
  }
  expect([layout['record.kind'], layout['record.direction'], layout['record.flags']]).toEqual([
    WORD.head * 4,
    WORD.head * 4 + 1,
    WORD.head * 4 + 2,
  ]);
  for (const [name, offset] of Object.entries(INFO)) expect(offset, name).toBe(layout[`info.${name}`]);
  expect(COMMAND_WORDS * 4).toBe(layout['command.size']);
  expect(BATCH_RECORDS).toBe(layout['batch.records']);
  expect(BATCH_BYTES).toBe(layout['batch.bytes']);
});
