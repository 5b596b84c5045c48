/** Decimal128 (IEEE 754-2008, binary integer significand) as text, in the form of the BSON corpus. */
const BIAS = 6176;
const MAX_SIGNIFICAND = 10n ** 34n - 1n;

/** The 16 bytes at `at`, least significant first. */
export function decimalText(buf: Uint8Array, at: number): string {
  const high = word(buf, at + 8);
  const sign = high >> 63n ? '-' : '';
  const combination = Number((high >> 58n) & 31n);
  if (combination === 31) return 'NaN';
  if (combination === 30) return `${sign}Infinity`;
  // Significands with the implicit 100 in front are above the maximum: zero.
  const large = combination >> 3 === 3;
  const exponent = Number((high >> (large ? 47n : 49n)) & 0x3fffn) - BIAS;
  const significand = large ? 0n : ((high & 0x1ffffffffffffn) << 64n) | word(buf, at);
  return sign + scaled((significand > MAX_SIGNIFICAND ? 0n : significand).toString(), exponent);
}

/** Plain while the exponent is small, else scientific. */
function scaled(digits: string, exponent: number): string {
  const first = digits.length - 1 + exponent;
  if (exponent > 0 || first < -6) {
    const rest = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${digits[0]}${rest}E${first < 0 ? '' : '+'}${first}`;
  }
  if (exponent === 0) return digits;
  const padded = digits.padStart(1 - exponent, '0');
  return `${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

function word(buf: Uint8Array, at: number): bigint {
  let value = 0n;
  for (let i = 7; i >= 0; i--) value = (value << 8n) | BigInt(buf[at + i]!);
  return value;
}
