import { describe, expect, it } from 'vitest';
import { Text } from '../kit/text.js';
import { TYPE } from './codes.js';
import { writeBinary, writeCsv } from './values.js';

function binary(type: number, hex: string): string {
  const value = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const around = Buffer.concat([Buffer.from('##'), value, Buffer.from('##')]);
  const out = new Text();
  writeBinary(out, type, around, 2, 2 + value.length);
  return Buffer.from(out.buf.subarray(0, out.size)).toString();
}

describe('binary values', () => {
  // Made by the send functions of PostgreSQL 15: select encode(date_send('2023-12-25'), 'hex').
  it.each([
    ['bool', '01', 't'],
    ['bool', '00', 'f'],
    ['int2', 'fffe', '-2'],
    ['int4', '80000000', '-2147483648'],
    ['oid', 'ffffffff', '4294967295'],
    ['int8', '7fffffffffffffff', '9223372036854775807'],
    ['int8', 'ffffffffffffffff', '-1'],
    ['float4', '3dcccccd', '0.1'],
    ['float4', '7f7fffff', '3.4028235e+38'],
    ['float8', '3ff8000000000000', '1.5'],
    ['float8', '3e7ad7f29abcaf48', '1e-07'],
    ['float8', '444b1ae4d6e2ef50', '1e+21'],
    ['float8', '7ff0000000000000', 'Infinity'],
    ['text', '6162', 'ab'],
    ['jsonb', '01 7b2261223a20317d', '{"a": 1}'],
    ['uuid', '00112233445566778899aabbccddeeff', '00112233-4455-6677-8899-aabbccddeeff'],
    ['bytea', 'dead', '\\xdead'],
    ['date', '00002237', '2023-12-25'],
    ['date', 'ffffffff', '1999-12-31'],
    ['timestamp', '0002a528d02ff4e0', '2023-08-05 09:57:43.5'],
    ['timestamptz', 'fffffffffffffffe', '1999-12-31 23:59:59.999998+00'],
    ['timestamp', '7fffffffffffffff', '\\x7fffffffffffffff'],
    ['time', '00000009d3e97c80', '11:43:30'],
    ['numeric', '0002 0000 0000 0002 000c 0d48', '12.34'],
    ['numeric', '0001 ffff 4000 0004 0001', '-0.0001'],
    ['numeric', '0001 0002 0000 0001 0001', '100000000.0'],
    ['numeric', '0003 0001 0000 0004 04d2 162e 2334', '12345678.9012'],
    ['numeric', '0000 0000 0000 0000', '0'],
    ['numeric', '0000 0000 c000 0000', 'NaN'],
    ['inet', '02 20 00 04 c0000201', '192.0.2.1'],
    ['cidr', '02 18 01 04 c0000200', '192.0.2.0/24'],
    ['inet', '03 80 00 10 20010db8000000000000000000000001', '2001:db8::1'],
  ] as const)('%s %s', (type, hex, text) => {
    expect(binary(TYPE[type], hex)).toBe(text);
  });

  it('reads arrays', () => {
    expect(
      binary(
        1007,
        '00000001 00000001 00000017 00000003 00000001 00000004 00000001 ffffffff 00000004 00000003',
      ),
    ).toBe('{1,NULL,3}');
    expect(binary(1009, '00000000 00000000 00000019')).toBe('{}');
  });

  it.each([TYPE.int4, TYPE.numeric, TYPE.uuid, TYPE.inet, TYPE.jsonb, TYPE.timestamp, 1007, 99])(
    'writes as digits what type %i cannot be',
    (type) => {
      expect(binary(type, 'ff00ff')).toBe('\\xff00ff');
    },
  );
});

describe('CSV', () => {
  it.each([
    ['', ''],
    ['a b', 'a b'],
    [' a', '" a"'],
    ['a,b', '"a,b"'],
    ['say "a"', '"say ""a"""'],
    ['a\nb\rc', 'a\\nb\\rc'],
    ['\\.', '"\\."'],
  ])('%j', (value, wanted) => {
    const out = new Text();
    writeCsv(out, Buffer.from(value), 0, value.length);
    expect(Buffer.from(out.buf.subarray(0, out.size)).toString()).toBe(wanted);
  });
});
