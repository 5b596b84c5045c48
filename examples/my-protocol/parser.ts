/** Abacus on the wire: lines of text. `ADD 1 2` is asked, `= 3` or `! reason` is answered. */
import type { Cursor } from 'pbfast/plugin';

/** LIMIT of a line; a longer one is not abacus. */
export const MAX_LINE = 1024;
const LF = 10;
const BLANK = 32;

/** Reads line by line. Nothing is kept or copied: start, word and end are positions in the cursor's bytes. */
export class Lines {
  /** The line is [start, end), its first word [start, word). */
  start = 0;
  word = 0;
  end = 0;
  /** Bytes on the wire. */
  size = 0;
  /** Time of its first byte. */
  seconds = 0;
  nanoseconds = 0;

  /** The next line: 'more' when it is not whole yet, 'bad' when it is none. */
  read(bytes: Cursor): 'line' | 'more' | 'bad' {
    const { buf, pos: start } = bytes;
    const lf = bytes.find(LF);
    if (lf < 0) return bytes.left > MAX_LINE ? 'bad' : 'more';
    if (lf - start > MAX_LINE) return 'bad';
    this.start = start;
    this.end = lf;
    this.size = lf + 1 - start;
    this.seconds = bytes.firstSeconds;
    this.nanoseconds = bytes.firstNanoseconds;
    this.word = start;
    while (this.word < lf && buf[this.word] !== BLANK) this.word++;
    bytes.pos = lf + 1;
    bytes.commit();
    return 'line';
  }
}
