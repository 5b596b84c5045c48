/** Versions of SSL, TLS and DTLS as numbers on the wire and as text in events. All texts are constants. */
import { constant } from '../../events/constants.js';

export const TLS13 = 0x0304;
const DTLS13 = 0xfefc;
/** Drafts of TLS 1.3. */
const DRAFT_MAJOR = 0x7f;

export interface Version {
  /** `TLS 1.2`. */
  readonly name: number;
  /** `tls`. */
  readonly protocol: number;
  /** `1.2`. */
  readonly number: number;
  /** `3.3`: the bytes. */
  readonly bytes: number;
}

function describe(code: number): Version {
  const [major, minor] = [code >> 8, code & 255];
  const bytes = constant(`${major}.${minor}`);
  const named = (protocol: string, number: string) => ({
    name: constant(`${protocol.toUpperCase()} ${number}`),
    protocol: constant(protocol),
    number: constant(number),
    bytes,
  });
  if (code === 0x0300) return named('ssl', '3.0');
  if (major === 3) return named('tls', `1.${minor - 1}`);
  // RFC 9147 5.3: the complement of the version; 1.1 was left out.
  if (major === 0xfe && minor >= 0xfc) return named('dtls', `1.${0xff - minor}`);
  return { name: constant(`(raw ${major}.${minor})`), protocol: constant('unknown'), number: bytes, bytes };
}

/** By major and minor number, as they are met. */
const KNOWN: ((Version | undefined)[] | undefined)[] = new Array(256).fill(undefined);
/** LIMIT: further versions are all called the same. */
const MAX_KNOWN = 256;
let known = 0;
const OTHER: Version = {
  name: constant('(raw)'),
  protocol: constant('unknown'),
  number: constant('unknown'),
  bytes: constant('unknown'),
};

export function versionOf(code: number): Version {
  const found = KNOWN[code >> 8]?.[code & 255];
  if (found) return found;
  if (known >= MAX_KNOWN) return OTHER;
  known++;
  const version = describe(code);
  KNOWN[code >> 8] ??= new Array(256).fill(undefined);
  KNOWN[code >> 8]![code & 255] = version;
  return version;
}

/** TLS 1.3, its drafts, and DTLS 1.3: encrypted from the ServerHello on. */
export function isModern(code: number): boolean {
  return code === TLS13 || code === DTLS13 || code >> 8 === DRAFT_MAJOR;
}
