/** Certificates against what node's own X509Certificate reads, and broken ones. */
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CA, CLIENT_CERTIFICATE, SERVER_CERTIFICATE } from '../../../test/support/tls-wire.js';
import { readCertificate } from './certificate.js';

const derOf = (pem: string) => new Uint8Array(new X509Certificate(pem).raw);

describe.each([CA, SERVER_CERTIFICATE, CLIENT_CERTIFICATE])('a certificate', (pem) => {
  const known = new X509Certificate(pem);
  const read = readCertificate(derOf(pem))!;

  it('has its number, times and key', () => {
    expect(read.serialNumber).toBe(known.serialNumber);
    expect(read.version).toBe(3);
    expect(Date.parse(read.notBefore)).toBe(Date.parse(known.validFrom));
    expect(Date.parse(read.notAfter)).toBe(Date.parse(known.validTo));
    expect(read.publicKeySize).toBe(256);
    expect(read.publicKeyAlgorithm).toBe('ECDSA');
    expect(read.signatureAlgorithm).toBe('ECDSA-SHA256');
  });

  it('has the names, the most particular attribute first', () => {
    const reversed = (text: string) => text.split('\n').reverse().join(',');
    expect(read.subject.distinguishedName).toBe(reversed(known.subject));
    expect(read.issuer.distinguishedName).toBe(reversed(known.issuer));
  });
});

it('has alternative names of all kinds', () => {
  expect(readCertificate(derOf(SERVER_CERTIFICATE))!.alternativeNames).toEqual([
    'server.test',
    '*.server.test',
    'root@server.test',
    '192.0.2.7',
    '2001:db8::1',
    'spiffe://server.test/x',
  ]);
});

/** DER by hand. */
const der = (tag: number, ...parts: (number | number[])[]): number[] => {
  const body = parts.flat();
  const size = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255];
  return [tag, ...size, ...body];
};
const ascii = (tag: number, text: string) => der(tag, ...Buffer.from(text, 'latin1'));
const OID = {
  cn: [0x55, 4, 3],
  ou: [0x55, 4, 11],
  dc: [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25],
};
const attribute = (oid: number[], value: number[]) => der(0x30, der(6, ...oid), value);
const RSA = der(0x30, der(6, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1), der(5));
const ED25519 = der(0x30, der(6, 0x2b, 0x65, 0x70));

interface Parts {
  readonly version?: number[];
  readonly serial?: number[];
  readonly algorithm?: number[];
  readonly times?: number[];
  readonly subject?: number[];
  readonly key?: number[];
  readonly rest?: number[];
}

function make(parts: Parts = {}): Uint8Array {
  const {
    version = [],
    serial = [1],
    algorithm = der(0x30, der(6, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 11), der(5)),
    times = [...ascii(0x17, '500101000000Z'), ...ascii(0x18, '99991231235959Z')],
    subject = der(0x30),
    key = der(0x30, RSA, der(3, 0, ...der(0x30, der(2, 0, 0x80, ...Array(127).fill(1)), der(2, 3)))),
    rest = [],
  } = parts;
  const tbs = der(
    0x30,
    version,
    der(2, ...serial),
    algorithm,
    der(0x30),
    der(0x30, times),
    subject,
    key,
    rest,
  );
  return Uint8Array.from(der(0x30, tbs, algorithm, der(3, 0)));
}

describe('what is rare', () => {
  it('version 1, dates of two and four digits, keys of RSA', () => {
    expect(readCertificate(make())).toMatchObject({
      version: 1,
      serialNumber: '01',
      notBefore: '1950-01-01T00:00:00.000Z',
      notAfter: '9999-12-31T23:59:59.000Z',
      publicKeyAlgorithm: 'RSA',
      publicKeySize: 1024,
      signatureAlgorithm: 'SHA256-RSA',
    });
  });

  it('serial numbers keep their zeros but the sign', () => {
    expect(readCertificate(make({ serial: [0, 0xf5, 1] }))!.serialNumber).toBe('F501');
    expect(readCertificate(make({ serial: [0x0f, 1] }))!.serialNumber).toBe('0F01');
    expect(readCertificate(make({ serial: [0] }))!.serialNumber).toBe('00');
  });

  it('names in one order, whatever that of the certificate is', () => {
    const set = (oid: number[], tag: number, text: string) => der(0x31, attribute(oid, ascii(tag, text)));
    const subject = der(
      0x30,
      set([0x55, 4, 15], 0x0c, 'Private'),
      set([0x55, 4, 5], 0x13, '123'),
      set([0x55, 4, 17], 0x13, 'M5'),
      set([0x55, 4, 9], 0x13, '1 Road'),
      set(OID.ou, 0x13, 'First'),
      set([0x55, 4, 6], 0x13, 'GB'),
      set(OID.ou, 0x13, 'Second'),
      set(OID.cn, 0x13, 'a'),
      set([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1], 0x16, 'a@b.c'),
    );
    expect(readCertificate(make({ subject }))!.subject.distinguishedName).toBe(
      'SERIALNUMBER=123,CN=a,OU=First+OU=Second,POSTALCODE=M5,STREET=1 Road,C=GB,1.2.840.113549.1.9.1=#0c056140622e63,2.5.4.15=#130750726976617465',
    );
  });

  it('names in other alphabets, of several values, unknown and escaped', () => {
    const subject = der(
      0x30,
      der(0x31, attribute(OID.dc, ascii(0x16, 'test'))),
      der(0x31, attribute(OID.ou, ascii(0x13, 'A')), attribute(OID.ou, der(0x0c, 0xc3, 0xa4))),
      der(0x31, attribute([0x55, 4, 97], ascii(0x13, 'x'))),
      der(0x31, attribute(OID.cn, der(0x1e, 0x20, 0xac, 0, 0x2c))),
      der(0x31, attribute(OID.cn, ascii(0x13, '#a+b '))),
    );
    const { subject: name } = readCertificate(make({ subject }))!;
    expect(name.distinguishedName).toBe('CN=€\\,+CN=\\#a\\+b\\ ,OU=A+OU=ä,2.5.4.97=#130178,DC=test');
    expect(Object.fromEntries(name.attributes)).toEqual({ organizational_unit: 'A ä', common_name: '#a+b ' });
  });

  it('algorithms: Ed25519, RSA-PSS, unknown', () => {
    const key = der(0x30, ED25519, der(3, 0, ...Array(32).fill(1)));
    expect(readCertificate(make({ key, algorithm: ED25519 }))).toMatchObject({
      publicKeyAlgorithm: 'Ed25519',
      publicKeySize: 0,
      signatureAlgorithm: 'Ed25519',
    });
    const sha384 = der(0x30, der(6, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2));
    const pss = der(0x30, der(6, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 10), der(0x30, der(0xa0, sha384)));
    expect(readCertificate(make({ algorithm: pss }))!.signatureAlgorithm).toBe('SHA384-RSAPSS');
    expect(readCertificate(make({ algorithm: der(0x30, der(6, 0x2a, 3, 4)) }))!.signatureAlgorithm).toBe(
      '1.2.3.4',
    );
  });
});

describe('what is broken', () => {
  const whole = derOf(SERVER_CERTIFICATE);

  it('is nothing when cut short', () => {
    for (let size = 0; size < whole.length; size++)
      expect(readCertificate(whole.slice(0, size))).toBeUndefined();
  });

  it('never throws, whatever byte changes', () => {
    for (let at = 0; at < whole.length; at++) {
      for (const value of [0, 0x30, 0x7f, 0x80, 0x84, 0xff]) {
        const bytes = whole.slice();
        bytes[at] = value;
        expect(() => readCertificate(bytes)).not.toThrow();
      }
    }
  });

  it('is not read where dates are none', () => {
    const times = [...ascii(0x17, '50010100000xZ'), ...ascii(0x18, '99991231235959Z')];
    expect(readCertificate(make({ times }))).toBeUndefined();
  });
});
