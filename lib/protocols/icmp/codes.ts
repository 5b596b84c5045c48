/**
 * ICMP types and codes (IANA registries "ICMP Parameters" and "ICMPv6 Parameters"), named as Packetbeat names them, and
 * which type answers which. Known pairs of type and code are interned; the rest is spelt out when it is met.
 */
import { constant } from '../../events/constants.js';

interface Type {
  readonly name: string;
  /** Names of the codes from 0 on; absent: the type has none. */
  readonly codes?: readonly string[];
}

const V4: Readonly<Record<number, Type>> = {
  0: { name: 'EchoReply' },
  3: {
    name: 'DestinationUnreachable',
    codes: [
      'Net',
      'Host',
      'Protocol',
      'Port',
      'FragmentationNeeded',
      'SourceRoutingFailed',
      'NetUnknown',
      'HostUnknown',
      'SourceIsolated',
      'NetAdminProhibited',
      'HostAdminProhibited',
      'NetTOS',
      'HostTOS',
      'CommAdminProhibited',
      'HostPrecedence',
      'PrecedenceCutoff',
    ],
  },
  4: { name: 'SourceQuench' },
  5: { name: 'Redirect', codes: ['Net', 'Host', 'TOS+Net', 'TOS+Host'] },
  8: { name: 'EchoRequest' },
  9: { name: 'RouterAdvertisement' },
  10: { name: 'RouterSolicitation' },
  11: { name: 'TimeExceeded', codes: ['TTLExceeded', 'FragmentReassemblyTimeExceeded'] },
  12: { name: 'ParameterProblem', codes: ['PointerIndicatesError', 'MissingOption', 'BadLength'] },
  13: { name: 'TimestampRequest' },
  14: { name: 'TimestampReply' },
  15: { name: 'InfoRequest' },
  16: { name: 'InfoReply' },
  17: { name: 'AddressMaskRequest' },
  18: { name: 'AddressMaskReply' },
};

const V6: Readonly<Record<number, Type>> = {
  1: {
    name: 'DestinationUnreachable',
    codes: [
      'NoRouteToDst',
      'AdminProhibited',
      'BeyondScopeOfSrc',
      'AddressUnreachable',
      'PortUnreachable',
      'SrcAddressFailedPolicy',
      'RejectRouteToDst',
    ],
  },
  2: { name: 'PacketTooBig' },
  3: { name: 'TimeExceeded', codes: ['HopLimitExceeded', 'FragmentReassemblyTimeExceeded'] },
  4: {
    name: 'ParameterProblem',
    codes: ['ErroneousHeaderField', 'UnrecognizedNextHeader', 'UnrecognizedIPv6Option'],
  },
  128: { name: 'EchoRequest' },
  129: { name: 'EchoReply' },
  133: { name: 'RouterSolicitation' },
  134: { name: 'RouterAdvertisement' },
  135: { name: 'NeighborSolicitation' },
  136: { name: 'NeighborAdvertisement' },
  137: { name: 'Redirect' },
};

/** What the analyzer must know of one version of ICMP. */
export interface Version {
  readonly number: 4 | 6;
  /** Interned name by type * 256 + code; 0: not known, see spell(). */
  readonly names: Uint16Array;
  /** By type: the type of the request it answers, or -1. */
  readonly answers: Int16Array;
  /** By type: 1 when a response must follow. */
  readonly asks: Uint8Array;
  /** By type: 1 when it reports an error. */
  readonly errors: Uint8Array;
  readonly types: Readonly<Record<number, Type>>;
}

function version(
  number: 4 | 6,
  types: Readonly<Record<number, Type>>,
  pairs: readonly (readonly [request: number, response: number])[],
  errors: readonly number[],
): Version {
  const v: Version = {
    number,
    names: new Uint16Array(65_536),
    answers: new Int16Array(256).fill(-1),
    asks: new Uint8Array(256),
    errors: new Uint8Array(256),
    types,
  };
  for (const [text, { name, codes }] of Object.entries(types)) {
    const type = Number(text) * 256;
    if (!codes) v.names[type] = constant(name);
    codes?.forEach((code, i) => {
      v.names[type + i] = constant(`${name}(${code})`);
    });
  }
  for (const [request, response] of pairs) {
    v.asks[request] = 1;
    v.answers[response] = request;
  }
  for (const type of errors) v.errors[type] = 1;
  return v;
}

// RFC 792, RFC 950.
const ICMP_PAIRS = [
  [8, 0],
  [13, 14],
  [15, 16],
  [17, 18],
] as const;

export const ICMP = version(4, V4, ICMP_PAIRS, [3, 4, 11, 12]);
// RFC 4443 4.1, 4.2; errors: 2.1.
export const ICMP6 = version(6, V6, [[128, 129]], [1, 2, 3, 4]);

/** The name of a type and code that `names` does not hold. */
export function spell(v: Version, type: number, code: number): string {
  const known = v.types[type];
  return known ? `${known.name}(Code: ${code})` : `${type}(${code})`;
}
