/** The record layer of TLS (RFC 8446 5.1), as far as DTLS and the probe need it too. */

/** Types of records. */
export const RECORD = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
  heartbeat: 24,
} as const;

/** RFC 5246 6.2.3: a ciphertext may be this much longer than 2^14 bytes. */
export const MAX_RECORD = 16_384 + 2048;

/** The header of a record at `at`: five bytes must be there. */
export function isRecord(buf: Uint8Array, at: number): boolean {
  const type = buf[at]!;
  return (
    type >= RECORD.changeCipherSpec &&
    type <= RECORD.heartbeat &&
    buf[at + 1] === 3 &&
    ((buf[at + 3]! << 8) | buf[at + 4]!) <= MAX_RECORD
  );
}
