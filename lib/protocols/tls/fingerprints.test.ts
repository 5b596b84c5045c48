/** Published reference vectors, and the rules of the specifications one by one. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  clientHello,
  extension,
  type HelloParts,
  list,
  numbers,
  serverHello,
} from '../../../test/support/tls-wire.js';
import { ja3, ja3s, ja3sText, ja3Text, ja4, ja4s } from './fingerprints.js';
import { Hello, type Role } from './hello.js';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const sha = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** From a whole record. */
function fromRecord(role: Role, hex: string): Hello {
  const bytes = Buffer.from(hex, 'hex');
  const hello = new Hello();
  expect(hello.read(role, bytes, 9, bytes.length)).toBe(true);
  return hello;
}

function made(role: Role, body: number[]): Hello {
  const hello = new Hello();
  expect(hello.read(role, Uint8Array.from(body), 0, body.length)).toBe(true);
  return hello;
}

const client = (parts: HelloParts) => made('client', clientHello(parts));

/** Chrome on OSX, Safari, made by hand: the vectors of Packetbeat. */
const JA3 = [
  [
    '94c485bca29d5392be53f2b8cf7f4304',
    '16030100c2010000be03033367dfae0d46ec0651e49cca2ae47317e8989df710ee7570a88b9a7d5d56b3af00001c3a3ac02bc02fc02cc030cca9cca8c013c014009c009d002f0035000a01000079dada0000ff0100010000000010000e00000b6578616d706c652e6f72670017000000230000000d00140012040308040401050308050501080606010201000500050100000000001200000010000e000c02683208687474702f312e3175500000000b00020100000a000a00086a6a001d00170018aaaa000100',
  ],
  [
    'c07cb55f88702033a8f52c046d23e0b2',
    '16030100db010000d703035a1de562860f7943063eaeafa6bffdcfb30b9b54e275391ee70a720f05c5a80a00002600ffc02cc02bc024c023c00ac009c030c02fc028c027c014c013009d009c003d003c0035002f0100008800000013001100000e7777772e656c61737469632e636f000a00080006001700180019000b00020100000d00120010040102010501060104030203050306033374000000100030002e0268320568322d31360568322d31350568322d313408737064792f332e3106737064792f3308687474702f312e310005000501000000000012000000170000',
  ],
  [
    '7a75198d3e18354a6763860d331ff46a',
    '160301003d010000390301ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0000080035002f000a00ff01000008002300000' +
      '00f0000',
  ],
] as const;

/** A hello of Chrome: the example of the specification of JA4. */
const CHROME =
  '1603010200010001fc0303b2c03e7ba990ef540c316a665d4d925f8e9079ac4b15687e587dc99016e75a6c20d0b0099243c9296a0c84153ea4ada7d87ad017f4211c2ea1350b0b3cc5514d5f00205a5a130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f003501000193fafa000000000024002200001f636f6e74656e742d6175746f66696c6c2e676f6f676c65617069732e636f6d0033002b00293a3a000100001d0020fb2cd8ef3d605b96ab03119ec4f30a6e2088cb1af86c41a81feace8706068c50000d001200100403080404010503080505010806060100230000000b00020100ff01000100000a000a00083a3a001d00170018001b000302000244690005000302683200120000002d000201010010000e000c02683208687474702f312e31000500050100000000002b0007060a0a03040303001700001a1a000100001500b8' +
  '00'.repeat(184);
/** A hello of Firefox. */
const FIREFOX =
  '1603010200010001fc0303ecb2691addb2bf6c599c7aaae23de5f42561cc04eb41029acc6fc050a16ac1d22046f8617b580ac9358e2aa44e306d52466bcc989c87c8ca64309f5faf50ba7b4d0022130113031302c02bc02fcca9cca8c02cc030c00ac009c013c014009c009d002f00350100019100000021001f00001c636f6e74696c652e73657276696365732e6d6f7a696c6c612e636f6d00170000ff01000100000a000e000c001d00170018001901000101000b00020100002300000010000e000c02683208687474702f312e310005000501000000000022000a000804030503060302030033006b0069001d00208909858fbeb6ed2f1248ba5b9e2978bead0e840110192c61daed0096798b184400170041044d183d91f5eed35791fa982464e3b0214aaa5f5d1b78616d9b9fbebc22d11f535b2f94c686143136aa795e6e5a875d6c08064ad5b76d44caad766e2483012748002b00050403040303000d0018001604030503060308040805080604010501060102030201002d00020101001c000240010015007a' +
  '00'.repeat(122);

describe('JA3', () => {
  it.each(JA3)('is %s', (hash, record) => {
    expect(ja3(fromRecord('client', record))).toBe(hash);
  });

  it('lists what the client offers in its order', () => {
    const hello = client({
      version: 0x0301,
      ciphers: [47, 0x0a0a, 53],
      extensions: [
        extension(11, list(1, 0, 1)),
        extension(10, list(2, numbers(23, 0x1a1a, 24))),
        extension(0xdada),
      ],
    });
    expect(ja3Text(hello)).toBe('769,47-53,11-10,23-24,0-1');
    expect(ja3(hello)).toBe(md5('769,47-53,11-10,23-24,0-1'));
    expect(ja3Text(client({ version: 0x0301, ciphers: [4, 5] }))).toBe('769,4-5,,,');
  });
});

describe('JA3S', () => {
  it('lists version, cipher suite and extensions', () => {
    const hello = fromRecord(
      'server',
      '160303003d020000390303543dd328b38b445686739d58fab733fa23838f575e0e5ad9a1b9baace6cc3b4100c02f000011ff01000100000b00040300010200230000',
    );
    expect(ja3sText(hello)).toBe('771,49199,65281-11-35');
    expect(ja3s(hello)).toBe(md5('771,49199,65281-11-35'));
    expect(ja3sText(made('server', serverHello({ cipher: 5 })))).toBe('771,5,');
  });
});

describe('JA4', () => {
  it('of Chrome and Firefox is as published', () => {
    expect(ja4(fromRecord('client', CHROME), 't')).toBe('t13d1516h2_8daaf6152771_e5627efa2ab1');
    expect(ja4(fromRecord('client', FIREFOX), 't')).toBe('t13d1715h2_5b57614c22b0_3d5424432f57');
  });

  it('hashes the sorted lists, and signature algorithms in their order', () => {
    const hello = client({
      ciphers: [0xc02f, 0x002f],
      extensions: [extension(23), extension(13, list(2, numbers(0x0804, 0x0403))), extension(5)],
    });
    expect(ja4(hello, 't')).toBe(`t12i020300_${sha('002f,c02f')}_${sha('0005,000d,0017_0804,0403')}`);
    const unsigned = client({ ciphers: [1], extensions: [extension(23)] });
    expect(ja4(unsigned, 't')).toBe(`t12i010100_${sha('0001')}_${sha('0017')}`);
  });

  it('says what carries the handshake', () => {
    expect(ja4(client({}), 'q')).toMatch(/^q12i0200/);
    expect(ja4(client({ version: 0xfefd, cookie: [] }), 'd')).toMatch(/^dd2i/);
    expect(ja4(client({ version: 0xfeff, cookie: [1] }), 'd')).toMatch(/^dd1i/);
  });

  it.each([
    [0x0304, '13'],
    [0x0303, '12'],
    [0x0302, '11'],
    [0x0301, '10'],
    [0x0300, 's3'],
    [0x7f1c, '00'],
  ])('takes version %i from supported_versions', (version, text) => {
    const extensions = [extension(43, list(1, numbers(0x4a4a, version)))];
    expect(ja4(client({ version: 0x0303, extensions }), 't').slice(1, 3)).toBe(text);
  });

  it('has zeros for what is not there, and counts to 99', () => {
    expect(ja4(client({ ciphers: [] }), 't')).toBe('t12i000000_000000000000_000000000000');
    const many = client({ ciphers: Array.from({ length: 150 }, (_, i) => i) });
    expect(ja4(many, 't').slice(4, 6)).toBe('99');
  });

  it.each([
    ['h2', 'h2'],
    ['http/1.1', 'h1'],
    ['h', 'hh'],
    ['\xab', 'ab'],
    ['\xab\xcd', 'ad'],
    ['0\xab', '3b'],
    ['01\xab\xcd', '3d'],
    ['0\xab\xcd1', '01'],
    ['', '00'],
  ])('shortens the protocol %j to %s', (protocol, letters) => {
    const extensions = [extension(16, list(2, list(1, ...Buffer.from(protocol, 'latin1'))))];
    expect(ja4(client({ extensions }), 't').slice(8, 10)).toBe(letters);
  });
});

describe('JA4S', () => {
  it('of the specification', () => {
    const extensions = [extension(5), extension(23), extension(0xff01, [0]), extension(0)];
    const hello = made('server', serverHello({ cipher: 0xc030, extensions }));
    expect(ja4s(hello, 't')).toBe('t120400_c030_4e8089b08790');
  });

  it('of servers with TLS 1.2 and 1.3', () => {
    const tls12 =
      '16030300640200006003035f0236c07f47bfb12dc2da706ecb3fe7f9eeac9968cc2ddf444f574e4752440120b89ff1ab695278c69b8a73f76242ef755e0b13dc6d459aaaa784fec9c2dfce34cca900001800000000ff01000100000b00020100001000050003026832';
    const tls13 =
      '160303007a020000760303236d214556452c55a0754487e64b1a8b0262c50ba23004c9d504166a6de3439920d0b0099243c9296a0c84153ea4ada7d87ad017f4211c2ea1350b0b3cc5514d5f130100002e00330024001d002099e3cc43a2c9941ae75af1b2c7a629bee3ee7031973cad85c82f2f23677fb244002b00020304';
    expect(ja4s(fromRecord('server', tls12), 't')).toBe('t1204h2_cca9_1428ce7b4018');
    expect(ja4s(fromRecord('server', tls13), 't')).toBe('t130200_1301_234ea6891581');
    expect(ja4s(made('server', serverHello({ cipher: 1 })), 'q')).toBe('q120000_0001_000000000000');
  });
});
