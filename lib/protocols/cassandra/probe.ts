/** Whether a stream on an unknown port is the native protocol: by OPTIONS or STARTUP, one of which a client sends first. */
import type { Cursor } from '../../base/cursor.js';
import { isVersion, OP, RESPONSES } from './codes.js';

/** LIMIT of a STARTUP that is taken for one. */
const MAX_STARTUP = 4096;
const MAX_OPTIONS = 32;
const MAX_KEY = 32;

export function probe({ buf, pos, end }: Cursor): 'yes' | 'no' | 'more' {
  const first = buf[pos]!;
  const version = first & 0x7f;
  if (!isVersion(version)) return 'no';
  const head = version < 3 ? 8 : 9;
  if (end - pos < head) return 'more';
  const op = buf[pos + head - 5]!;
  if (buf[pos + 1]! > 0x1f) return 'no';
  // A server answers; what the client sent decides.
  if (first > 0x7f) return op <= OP.authSuccess && RESPONSES & (1 << op) ? 'more' : 'no';
  if (buf[pos + 2]! > 0x7f || buf[pos + head - 4] !== 0 || buf[pos + head - 3] !== 0) return 'no';
  const length = (buf[pos + head - 2]! << 8) | buf[pos + head - 1]!;
  if (op === OP.options) return length === 0 ? 'yes' : 'no';
  if (op !== OP.startup || length > MAX_STARTUP) return 'no';
  return isStartup(buf, pos + head, end);
}

/** A map whose first key is a word in capitals: CQL_VERSION, DRIVER_NAME ... */
function isStartup(buf: Uint8Array, at: number, end: number): 'yes' | 'no' | 'more' {
  if (end - at < 4) return 'more';
  const options = (buf[at]! << 8) | buf[at + 1]!;
  const size = (buf[at + 2]! << 8) | buf[at + 3]!;
  if (options === 0 || options > MAX_OPTIONS || size < 4 || size > MAX_KEY) return 'no';
  const last = Math.min(end, at + 4 + size);
  for (let i = at + 4; i < last; i++) {
    const c = buf[i]!;
    if ((c < 0x41 || c > 0x5a) && c !== 0x5f) return 'no';
  }
  return last < at + 4 + size ? 'more' : 'yes';
}
