/** Parameters of SVCB and HTTPS records as text: RFC 9460 2.1, 7. */
import type { Text } from '../kit/text.js';
import { SERVICE_KEYS } from './codes.js';
import { base64, ipv4, ipv6, quoted } from './presentation.js';

const MANDATORY = 0;
const ALPN = 1;
const PORT = 3;
const IPV4HINT = 4;
const ECH = 5;
const IPV6HINT = 6;

/** Appends ` key=value` for each parameter in [at, end). False when they are malformed. */
export function writeServiceParameters(text: Text, wire: Uint8Array, at: number, end: number): boolean {
  while (at < end) {
    if (at + 4 > end) return false;
    const code = u16(wire, at);
    const stop = at + 4 + u16(wire, at + 2);
    if (stop > end) return false;
    text.ascii(` ${SERVICE_KEYS[code] ?? `key${code}`}`);
    if (stop > at + 4) {
      text.byte(0x3d);
      if (!writeValue(text, wire, code, at + 4, stop)) return false;
    }
    at = stop;
  }
  return true;
}

function writeValue(text: Text, wire: Uint8Array, code: number, start: number, end: number): boolean {
  switch (code) {
    case MANDATORY:
      return list(text, start, end, 2, (at) =>
        text.ascii(SERVICE_KEYS[u16(wire, at)] ?? `key${u16(wire, at)}`),
      );
    case ALPN:
      return protocols(text, wire, start, end);
    case PORT:
      if (end - start !== 2) return false;
      text.ascii(String(u16(wire, start)));
      return true;
    case IPV4HINT:
      return list(text, start, end, 4, (at) => ipv4(text, wire, at));
    case IPV6HINT:
      return list(text, start, end, 16, (at) => ipv6(text, wire, at));
    case ECH:
      base64(text, wire, start, end);
      return true;
    default:
      quoted(text, wire, start, end);
      return true;
  }
}

function list(text: Text, start: number, end: number, size: number, write: (at: number) => void): boolean {
  if ((end - start) % size !== 0) return false;
  for (let at = start; at < end; at += size) {
    if (at > start) text.byte(0x2c);
    write(at);
  }
  return true;
}

/** Names of one byte length each. */
function protocols(text: Text, wire: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    const next = at + 1 + wire[at]!;
    if (next > end) return false;
    if (at > start) text.byte(0x2c);
    text.bytes(wire, at + 1, next);
    at = next;
  }
  return true;
}

const u16 = (wire: Uint8Array, at: number): number => (wire[at]! << 8) | wire[at + 1]!;
