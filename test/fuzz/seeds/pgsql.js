/** PostgreSQL messages that the fuzzer starts from. */
const u16 = (n) => String.fromCharCode((n >> 8) & 255, n & 255);
const u32 = (n) => u16(n >>> 16) + u16(n);
const message = (type, body) => type + u32(body.length + 4) + body;
const column = (name, type, format) =>
  `${name}\0${u32(0)}${u16(0)}${u32(type)}${u16(4)}${u32(0)}${u16(format)}`;

const sync = message('S', '');
const ready = message('Z', 'I');
const rows =
  message('T', u16(2) + column('id', 23, 1) + column('name', 25, 0)) +
  message('D', `${u16(2) + u32(4) + u32(7) + u32(3)}a"b`) +
  message('C', 'SELECT 1\0');

export const seeds = [
  `${u32(22)}${u32(0x30000)}user\0postgres\0\0`,
  u32(8) + u32(80877103),
  'N',
  message('R', u32(0)) +
    message('S', 'standard_conforming_strings\0off\0') +
    message('K', u32(1) + u32(2)) +
    ready,
  message('Q', "select 1; insert into t values ('a;b', $$;$$, E'\\';') /* ; */; -- x\0"),
  message('Q', "create role a password 'secret'\0"),
  rows + ready,
  message('P', `s\0select * from t where id = $1\0${u16(1)}${u32(23)}`) + message('D', 'Ss\0') + sync,
  message('B', `\0s\0${u16(1)}${u16(1)}${u16(1)}${u32(4)}${u32(1)}${u16(1)}${u16(1)}`) +
    message('E', `\0${u32(0)}`) +
    sync,
  message('1', '') + message('t', u16(1) + u32(23)) + rows.slice(0, 60) + ready,
  message('2', '') + rows + ready,
  message('E', 'SERROR\0VERROR\0C42P01\0Mno such table\0\0') + ready,
  message(
    'B',
    `\0\0${u16(1)}${u16(1)}${u16(1)}${u32(12)}${u16(2)}${u16(1)}${u16(0)}${u16(2)}${u16(1)}${u16(2)}${u16(0)}`,
  ),
  message('G', `\0${u16(1)}${u16(0)}`) + message('d', 'abc\n') + message('c', '') + message('C', 'COPY 1\0'),
  message('N', 'SNOTICE\0\0') +
    message('A', `${u32(1)}c\0p\0`) +
    message('s', '') +
    message('n', '') +
    message('3', ''),
  message('F', u32(1) + u16(0) + u16(0) + u16(0)) + message('C', 'Ss\0') + message('H', ''),
];
