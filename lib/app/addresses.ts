/** IP addresses as the 16 bytes the engine uses: IPv4 as IPv4-mapped (RFC 4291 2.5.5.2). */
import { isIPv4, isIPv6 } from 'node:net';

/** undefined when `text` is no address; a zone (%eth0) is ignored. */
export function parseAddress(text: string): Uint8Array | undefined {
  const address = text.split('%')[0]!;
  if (isIPv4(address)) return Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...octets(address)]);
  if (!isIPv6(address)) return undefined;
  const [head = '', tail] = address.split('::');
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const middle = new Array(Math.max(0, 16 - left.length - right.length)).fill(0);
  return Uint8Array.from([...left, ...middle, ...right]);
}

const octets = (text: string): number[] => text.split('.').map(Number);

function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return octets(group);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}
