import { describe, expect, it } from 'vitest';
import { echoFrame, FLAG, host, tcpFrame, udpFrame } from './packets.js';

/** RFC 1071 done anew, byte by byte: 0 when everything from `at` on and the pseudo-header sum up. */
function residue(bytes: Uint8Array): number {
  let sum = 0;
  bytes.forEach((byte, i) => {
    sum += i % 2 === 0 ? byte * 256 : byte;
  });
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum ^ 0xffff;
}

function pseudo(frame: Buffer, ip: number, protocol: number): Buffer {
  const v6 = frame[ip]! >> 4 === 6;
  const at = ip + (v6 ? 40 : 20);
  const ends = v6 ? frame.subarray(ip + 8, ip + 40) : frame.subarray(ip + 12, ip + 20);
  const rest = Buffer.from([0, protocol, (frame.length - at) >> 8, (frame.length - at) & 255]);
  return Buffer.concat([ends, rest, frame.subarray(at)]);
}

const segment = {
  sourcePort: 50_000,
  destinationPort: 80,
  sequence: 2 ** 32 + 5,
  acknowledgment: 7,
  flags: FLAG.ack,
};

describe.each([4, 6] as const)('IPv%i', (version) => {
  const [a, b] = [host(1, version), host(70_000, version)];
  const header = version === 4 ? 20 : 40;

  it.each([0, 1, 2, 3, 1448])('sums up with %i bytes of payload', (size) => {
    const payload = Buffer.alloc(size, 'xyz');
    expect(residue(pseudo(tcpFrame(a, b, { ...segment, payload }), 14, 6))).toBe(0);
    expect(residue(pseudo(udpFrame(a, b, 5353, 53, payload), 14, 17))).toBe(0);
    const echo = echoFrame(a, b, false, 7, 9, payload);
    expect(residue(version === 6 ? pseudo(echo, 14, 58) : echo.subarray(34))).toBe(0);
    if (version === 4) expect(residue(echo.subarray(14, 34))).toBe(0);
  });

  it('puts every field where it belongs', () => {
    const frame = tcpFrame(a, b, { ...segment, payload: Buffer.from('hello') });
    expect(frame.length).toBe(14 + header + 20 + 5);
    expect(frame.readUInt16BE(12)).toBe(version === 4 ? 0x0800 : 0x86dd);
    const at = 14 + header;
    expect([frame.readUInt16BE(at), frame.readUInt16BE(at + 2)]).toEqual([50_000, 80]);
    expect([frame.readUInt32BE(at + 4), frame.readUInt32BE(at + 8)]).toEqual([5, 7]);
    expect(frame.toString('latin1', at + 20)).toBe('hello');
  });
});

it('tags the frames of a host in a VLAN, both ways', () => {
  const [plain, tagged] = [host(1), host(2, 4, 42)];
  for (const frame of [
    udpFrame(plain, tagged, 1, 2, Buffer.from('x')),
    udpFrame(tagged, plain, 1, 2, Buffer.from('x')),
  ]) {
    expect(frame.toString('hex', 12, 18)).toBe('8100002a0800');
    expect(residue(pseudo(frame, 18, 17))).toBe(0);
  }
});

it('never sends a UDP checksum of zero', () => {
  // The payload makes the sum all ones, so that the checksum would be zero: RFC 768.
  const payload = Buffer.alloc(2);
  const sum = udpFrame(host(1), host(2), 1, 2, payload).readUInt16BE(40);
  payload.writeUInt16BE(sum);
  expect(udpFrame(host(1), host(2), 1, 2, payload).readUInt16BE(40)).toBe(0xffff);
});
