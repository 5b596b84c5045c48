/** ErrorResponse as fields. Manual 55.8. */
import type { Row } from '../../events/row.js';
import { fields } from './fields.js';
import { zero } from './parser.js';

const FIELD = { severity: 0x53, severityNotLocalised: 0x56, code: 0x43, message: 0x4d } as const;

/** Writes the error whose fields lie in [start, end). */
export function writeError(row: Row, buf: Uint8Array, start: number, end: number): void {
  let severity = 0;
  for (let at = start; at < end && buf[at] !== 0; ) {
    const from = at + 1;
    const to = zero(buf, from, end);
    if (buf[at] === FIELD.code) row.text(fields['pgsql.error_code'], buf, from, to);
    else if (buf[at] === FIELD.message) row.text(fields['pgsql.error_message'], buf, from, to);
    // V is never translated; servers before 9.6 send S alone, which comes first.
    else if (buf[at] === FIELD.severityNotLocalised || buf[at] === FIELD.severity) severity = from;
    at = to + 1;
  }
  if (severity > 0) row.text(fields['pgsql.error_severity'], buf, severity, zero(buf, severity, end));
}
