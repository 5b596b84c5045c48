/** The relay agent information option (82): RFC 3046, RFC 3527, RFC 3993 and RFC 5107. */
import type { Row } from '../../events/row.js';
import { fields } from './fields.js';
import { printable } from './values.js';

const CIRCUIT_ID = 1;
const REMOTE_ID = 2;
const LINK_SELECTION = 5;
const SUBSCRIBER_ID = 6;
const SERVER_IDENTIFIER = 11;

/** The sub-options in [at, end), the first of each code; false when they are malformed. */
export function writeRelay(row: Row, buf: Uint8Array, at: number, end: number): boolean {
  let seen = 0;
  while (at < end) {
    const start = at + 2;
    if (start > end) return false;
    const code = buf[at]!;
    const stop = start + buf[at + 1]!;
    if (stop > end) return false;
    at = stop;
    if (code > SERVER_IDENTIFIER || seen & (1 << code)) continue;
    seen |= 1 << code;
    if (!writePart(row, code, buf, start, stop)) return false;
  }
  return true;
}

function writePart(row: Row, code: number, buf: Uint8Array, start: number, end: number): boolean {
  switch (code) {
    case CIRCUIT_ID:
      printable(row, fields['dhcpv4.option.relay_agent.circuit_id'], buf, start, end);
      return true;
    case REMOTE_ID:
      printable(row, fields['dhcpv4.option.relay_agent.remote_id'], buf, start, end);
      return true;
    case SUBSCRIBER_ID:
      printable(row, fields['dhcpv4.option.relay_agent.subscriber_id'], buf, start, end);
      return true;
    case LINK_SELECTION:
      if (end - start !== 4) return false;
      row.ip(fields['dhcpv4.option.relay_agent.link_selection'], buf, start, 4);
      return true;
    case SERVER_IDENTIFIER:
      if (end - start !== 4) return false;
      row.ip(fields['dhcpv4.option.relay_agent.server_identifier'], buf, start, 4);
      return true;
    default:
      return true;
  }
}
