import { expect, it } from 'vitest';
import { afterLines, countLines } from './lines.js';

const bytes = Buffer.from('ab\n\ncd\nrest');

it.each([
  [0, 0, 0],
  [0, 1, 3],
  [0, 2, 4],
  [4, 1, 7],
  [0, 3, 7],
  [0, 4, 11],
  [0, 99, 11],
  [7, 1, 11],
  [11, 1, 11],
])('from %i, %i lines end before %i', (from, count, end) => {
  expect(afterLines(bytes, from, count)).toBe(end);
});

it('counts line ends', () => {
  expect(countLines(bytes)).toBe(3);
  expect(countLines(Buffer.from(''))).toBe(0);
  expect(countLines(Buffer.from('\n'))).toBe(1);
});
