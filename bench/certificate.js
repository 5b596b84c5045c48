/** Certificates that are well formed, with keys and signatures of noise: X.509 (RFC 5280) in DER. */
import { join, noise } from './bytes.js';

const TAG = {
  boolean: 1,
  integer: 2,
  bits: 3,
  octets: 4,
  null: 5,
  oid: 6,
  utf8: 12,
  time: 23,
  sequence: 0x30,
  set: 0x31,
};

function der(tag, ...parts) {
  const body = join(parts);
  const size = body.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return join(tag, length, body);
}

const sequence = (...parts) => der(TAG.sequence, parts);
const oid = (...bytes) => der(TAG.oid, bytes);
const bits = (...parts) => der(TAG.bits, 0, parts);
const SHA256_RSA = sequence(oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11), der(TAG.null));
const RSA = sequence(oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1), der(TAG.null));

const attribute = (last, value) => der(TAG.set, sequence(oid(0x55, 4, last), der(TAG.utf8, value)));
const name = (common) => sequence(attribute(6, 'GB'), attribute(10, 'Example Ltd'), attribute(3, common));
const validity = sequence(der(TAG.time, '260101000000Z'), der(TAG.time, '270101000000Z'));
const key = (seed) =>
  sequence(RSA, bits(sequence(der(TAG.integer, 0, 0xc1, noise(255, seed)), der(TAG.integer, 1, 0, 1))));
const extension = (last, ...value) => sequence(oid(0x55, 0x1d, last), der(TAG.octets, value));
const alternatives = (names) => extension(17, sequence(names.map((host) => der(0x82, host))));

/** A certificate for `names`, of a key and with a signature that `seed` tells. */
export function certificate(names, issuer, serial, seed) {
  const extensions = sequence(
    extension(15, der(TAG.bits, 5, 0xa0)),
    extension(14, der(TAG.octets, noise(20, seed))),
    alternatives(names),
  );
  const body = sequence(
    der(0xa0, der(TAG.integer, 2)),
    der(TAG.integer, serial),
    SHA256_RSA,
    name(issuer),
    validity,
    name(names[0]),
    key(seed),
    der(0xa3, extensions),
  );
  return sequence(body, SHA256_RSA, bits(noise(256, seed + 50)));
}
