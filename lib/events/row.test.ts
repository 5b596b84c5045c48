import { expect, it } from 'vitest';
import { decodeRows } from '../../test/support/decode-rows.js';
import { Catalogue, declare, ITEM } from './fields.js';
import { MAX_ENTRIES, MAX_FIELD_BYTES } from './row.js';
import { Rows } from './rows.js';

const fields = declare({
  list: { type: 'long', list: true, about: 'A list.' },
  text: { type: 'keyword', about: 'A text.' },
});
const catalogue = new Catalogue([fields]);

/** Rows whose events are read back at once. */
function setUp(memory = new Uint8Array(1024)) {
  const events: Record<string, unknown>[] = [];
  const rows = new Rows(memory, (region, words) =>
    events.push(...decodeRows(region, words, memory, catalogue)),
  );
  return { rows, events, memory };
}

it('bounds entries, containers too, and stays well-formed', () => {
  const { rows, events } = setUp();
  const row = rows.take();
  row.list(fields.list);
  for (let i = 0; i < 100_000; i++) {
    row.list(ITEM);
    row.long(ITEM, i);
    row.close();
  }
  row.close();
  expect(row.used / 4).toBeLessThanOrEqual(MAX_ENTRIES + 2);
  rows.send(row);
  rows.settle();
  expect((events[0]!.list as unknown[]).length).toBeGreaterThan(2000);
  expect(rows.overflowed).toBe(1);
});

it('hands on a little more than a field may hold, so that the cut is seen', () => {
  const { rows } = setUp();
  const row = rows.take();
  row.text(fields.text, new Uint8Array(100_000), 0, 100_000);
  row.string(fields.text, 'ü'.repeat(100_000));
  expect([row.words[1], row.words[5]]).toEqual([MAX_FIELD_BYTES + 4, MAX_FIELD_BYTES + 4]);
});

it('copies lent text when the batch ends, and only then', () => {
  const { rows, events, memory } = setUp();
  memory.set(Buffer.from('hello'), 100);
  const row = rows.take();
  row.text(fields.text, memory, 100, 105);
  expect(row.lends).toBe(true);
  rows.settle();
  memory.fill(0);
  rows.send(row);
  rows.settle();
  expect(events[0]!.text).toBe('hello');
  expect(rows.open).toBe(0);
});

it('pastes what another row holds, text and addresses included', () => {
  const { rows, events } = setUp();
  const draft = rows.take();
  draft.list(fields.list);
  draft.long(ITEM, 7);
  draft.string(ITEM, 'äb');
  draft.ip(ITEM, Uint8Array.of(10, 0, 0, 1), 0, 4);
  draft.close();
  const block = draft.copy();
  rows.discard(draft);
  const row = rows.take();
  row.string(fields.text, 'before');
  row.paste(block);
  rows.send(row);
  rows.settle();
  expect(events).toMatchObject([{ text: 'before', list: [7, 'äb', '10.0.0.1'] }]);
});

it('pastes all or nothing', () => {
  const { rows, events } = setUp();
  const draft = rows.take();
  for (let i = 0; i < MAX_ENTRIES - 1; i++) draft.long(fields.list, i);
  const block = draft.copy();
  rows.discard(draft);
  const row = rows.take();
  row.string(fields.text, 'a');
  row.paste(block);
  row.paste(block);
  expect(row.used / 4).toBe(MAX_ENTRIES);
  expect(row.overflowed).toBe(true);
  rows.send(row);
  rows.settle();
  expect(events[0]!.text).toBe('a');
});
