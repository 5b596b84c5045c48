/** Lines in a chunk of bytes. */
const LF = 10;

/** Position behind the `count`-th line end from `from` on; the end when there are fewer. */
export function afterLines(bytes: Uint8Array, from: number, count: number): number {
  let at = from;
  for (let n = 0; n < count && at < bytes.length; n++) {
    const end = bytes.indexOf(LF, at);
    if (end < 0) return bytes.length;
    at = end + 1;
  }
  return at;
}

/** Number of line ends. */
export function countLines(bytes: Uint8Array): number {
  let n = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) n++;
  return n;
}
