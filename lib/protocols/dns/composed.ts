/** Data of the records that are shown as one line, as in a zone file; it is put into `text`. False: malformed. */
import type { Data } from './data.js';
import { hex, quoted } from './presentation.js';
import { writeServiceParameters } from './service.js';

/** RFC 9460 2.1. */
export function service(d: Data): boolean {
  const at = d.at;
  const parameters = at + 2 > d.end ? -1 : d.read(at + 2);
  if (parameters < 0) return false;
  d.text.ascii(`${d.u16(at)} `);
  d.appendName();
  return writeServiceParameters(d.text, d.wire, parameters, d.end);
}

/** RFC 8659 4.1. */
export function caa(d: Data): boolean {
  const at = d.at;
  if (at + 2 > d.end) return false;
  const value = at + 2 + d.wire[at + 1]!;
  if (value > d.end) return false;
  d.text.ascii(`${d.wire[at]} `);
  d.text.bytes(d.wire, at + 2, value);
  d.text.byte(0x20);
  quoted(d.text, d.wire, value, d.end);
  return true;
}

/** `numbers` bytes as numbers, the rest in hexadecimal: RFC 6698 2.2, RFC 4255 3.2. */
export function fingerprint(d: Data, numbers: number): boolean {
  if (d.at + numbers > d.end) return false;
  for (let i = 0; i < numbers; i++) d.text.ascii(`${d.wire[d.at + i]} `);
  hex(d.text, d.wire, d.at + numbers, d.end);
  return true;
}

/** `count` character strings from `at` on, quoted; the position behind them, or -1. */
export function quotedStrings(d: Data, at: number, count: number): number {
  for (let i = 0; i < count; i++) {
    const next = at < d.end ? at + 1 + d.wire[at]! : d.end + 1;
    if (next > d.end) return -1;
    if (d.text.size > 0) d.text.byte(0x20);
    quoted(d.text, d.wire, at + 1, next);
    at = next;
  }
  return at;
}

/** RFC 3403 4.1. */
export function naptr(d: Data): boolean {
  const at = d.at;
  if (at + 4 > d.end) return false;
  d.text.ascii(`${d.u16(at)} ${d.u16(at + 2)}`);
  const name = quotedStrings(d, at + 4, 3);
  if (name < 0 || d.read(name) !== d.end) return false;
  d.text.byte(0x20);
  d.appendName();
  return true;
}

export function twoNames(d: Data): boolean {
  const second = d.read(d.at);
  if (second < 0) return false;
  d.appendName();
  if (d.read(second) !== d.end) return false;
  d.text.byte(0x20);
  d.appendName();
  return true;
}

/** RFC 7553 4.5. */
export function uri(d: Data): boolean {
  const at = d.at;
  if (at + 4 > d.end) return false;
  d.text.ascii(`${d.u16(at)} ${d.u16(at + 2)} `);
  quoted(d.text, d.wire, at + 4, d.end);
  return true;
}
