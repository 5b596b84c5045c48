/** Networks of `internal_networks`: CIDRs and Packetbeat's names. */
import { isIPv4, isIPv6 } from 'node:net';

/** Names and what they stand for. `public` is what none of the others is, and is not a list of networks. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  multicast: ['224.0.0.0/4', 'ff00::/8'],
  interface_local_multicast: ['ff01::/16'],
  link_local_unicast: ['169.254.0.0/16', 'fe80::/10'],
  link_local_multicast: ['224.0.0.0/24', 'ff02::/16'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
  unspecified: ['0.0.0.0/32', '::/128'],
  unicast: [
    '0.0.0.0/1',
    '128.0.0.0/2',
    '192.0.0.0/3',
    '::/1',
    '8000::/2',
    'c000::/3',
    'e000::/4',
    'f000::/5',
    'f800::/6',
    'fc00::/7',
    'fe00::/8',
  ],
  public: [],
};

export const NETWORK_NAMES = Object.keys(NAMED);

export interface Cidr {
  readonly address: string;
  readonly bits: number;
}

/** The networks of one entry; undefined when it is neither a CIDR nor a name. */
export function parseNetworks(entry: string): Cidr[] | undefined {
  const named = Object.hasOwn(NAMED, entry) ? NAMED[entry] : undefined;
  if (named) return named.map((cidr) => parseCidr(cidr)!);
  const cidr = parseCidr(entry);
  return cidr ? [cidr] : undefined;
}

function parseCidr(text: string): Cidr | undefined {
  const [address = '', bits, ...more] = text.split('/');
  const width = isIPv4(address) ? 32 : isIPv6(address) ? 128 : 0;
  const n = bits === undefined ? width : /^\d+$/.test(bits) ? Number(bits) : -1;
  return width > 0 && more.length === 0 && n >= 0 && n <= width ? { address, bits: n } : undefined;
}
