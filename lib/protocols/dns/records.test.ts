import { describe, expect, it } from 'vitest';
import {
  hex,
  message,
  name,
  opt,
  option,
  pointer,
  question,
  RESPONSE,
  record,
  soa,
  u16,
  u32,
} from '../../../test/support/dns-wire.js';
import { TestSession } from '../../../test/support/session.js';
import { dns } from './analyzer.js';
import { TYPES } from './codes.js';

const typeNumber = (text: string) =>
  Array.from({ length: 65_536 }, (_, i) => i).find((i) => TYPES.text(i) === text)!;
const join = (...parts: (Buffer | number[] | string)[]) =>
  Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p, 'latin1') : Buffer.from(p))));

function exchange(type: number, data: Buffer) {
  const t = new TestSession(dns, { send_response: true }, { serverPort: 53 });
  t.client(message({ questions: [question('x.org', type)] }));
  t.server(
    message({
      flags: RESPONSE,
      questions: [question('x.org', type)],
      answers: [record(pointer(12), type, data)],
    }),
  );
  const [event] = t.events();
  expect(t.logs).toEqual([]);
  const { name: _, type: __, class: ___, ttl: ____, ...rest } = event!['dns.answers'][0];
  const text = (event!.response as string).replace(/^.*; ANSWER /s, '');
  return { rest, text, malformed: t.counters.snapshot()['dns.record.malformed'] };
}

const SIGNATURE = join(
  u16(1),
  [8, 2],
  u32(300),
  u32(1660925006),
  u32(1660580000),
  u16(7),
  name('sig.x'),
  'abcdef',
);
const BITS = hex('0006400000000003 010140');

describe('record data', () => {
  it.each([
    ['A', hex('01020304'), { data: '1.2.3.4' }],
    ['AAAA', hex('20010db8000000000000000000000001'), { data: '2001:db8::1' }],
    ['CNAME', name('Some.Name'), { data: 'Some.Name' }],
    ['NS', name('.'), { data: '.' }],
    ['PTR', join([3], 'a.b', name('c')), { data: 'a\\.b.c' }],
    ['DNAME', pointer(12), { data: 'x.org' }],
    ['MX', join(u16(10), name('mx.x')), { preference: 10, data: 'mx.x' }],
    ['AFSDB', join(u16(1), name('afs.x')), { preference: 1, data: 'afs.x' }],
    [
      'SOA',
      soa(1),
      { rname: 'root.x', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 4294967295, data: 'ns.x' },
      'rname root.x, ns.x',
    ],
    ['SRV', join(u16(1), u16(2), u16(3), name('srv.x')), { priority: 1, weight: 2, port: 3, data: 'srv.x' }],
    [
      'TXT',
      join([3], 'a"b', [4], 'c\\d\x01', [1], 'é'),
      { data: 'a"b c\\d\x01 \ufffd' },
      'a\\"b c\\\\d\\001 \\233',
    ],
    ['TXT', join([0]), { data: '' }],
    ['TXT', join(), { data: '' }],
    ['SPF', join([6], 'v=spf1'), { data: 'v=spf1' }],
    [
      'DNSKEY',
      join(u16(257), [3, 8], 'abcdef'),
      { flags: '257', protocol: '3', algorithm: 'RSASHA256', data: 'YWJjZGVm' },
      'algorithm RSASHA256, flags 257, protocol 3, YWJjZGVm',
    ],
    [
      'CDNSKEY',
      join(u16(256), [3, 99], 'abcd'),
      { flags: '256', protocol: '3', algorithm: '99', data: 'YWJjZA==' },
    ],
    [
      'DS',
      join(u16(257), [8, 2], 'jk'),
      { key_tag: '257', algorithm: 'RSASHA256', digest_type: 'SHA256', data: '6A6B' },
      'algorithm RSASHA256, digest_type SHA256, key_tag 257, 6A6B',
    ],
    ['CDS', join(u16(1), [99, 77], 'j'), { key_tag: '1', algorithm: '99', digest_type: '77', data: '6A' }],
    [
      'RRSIG',
      SIGNATURE,
      {
        type_covered: 'A',
        algorithm: 'RSASHA256',
        labels: '2',
        original_ttl: '300',
        expiration: '20220819160326',
        inception: '20220815161320',
        key_tag: '7',
        signer_name: 'sig.x',
        data: 'YWJjZGVm',
      },
      'algorithm RSASHA256, expiration 20220819160326, inception 20220815161320, key_tag 7, labels 2, original_ttl 300, signer_name sig.x, type_covered A, YWJjZGVm',
    ],
    [
      'NSEC',
      join(name('next.x'), BITS),
      { type_bits: 'A RRSIG NSEC CAA', data: 'next.x.' },
      'type_bits A RRSIG NSEC CAA, next.x.',
    ],
    [
      'NSEC3',
      join([1, 1], u16(10), [2, 0xab, 0xcd], [5], 'hello', BITS),
      {
        hash: 'SHA1',
        flags: '1',
        iterations: '10',
        salt: 'ABCD',
        type_bits: 'A RRSIG NSEC CAA',
        data: 'D1IMOR3F',
      },
      'flags 1, hash SHA1, iterations 10, salt ABCD, type_bits A RRSIG NSEC CAA, D1IMOR3F',
    ],
    [
      'NSEC3',
      join([1, 1], u16(10), [0], [2], 'hi'),
      { hash: 'SHA1', flags: '1', iterations: '10', salt: '-', type_bits: '', data: 'D1KG' },
    ],
    ['NSEC3PARAM', join([1, 0], u16(10), [0]), { hash: 'SHA1', flags: '0', iterations: '10', data: '-' }],
    [
      'HTTPS',
      join(
        u16(1),
        name('.'),
        hex('0000 0004 0001 0003 0001 0006 026832 026833 0002 0000 0003 0002 01bb'),
        hex(
          '0004 0008 01020304 05060708 0006 0010 20010db8000000000000000000000001 0005 0002 6a6b 0007 0003 2f7b7d 00ff 0001 22',
        ),
      ),
      {
        data: '1 . mandatory=alpn,port alpn=h2,h3 no-default-alpn port=443 ipv4hint=1.2.3.4,5.6.7.8 ipv6hint=2001:db8::1 ech=ams= dohpath="/{}" key255="\\""',
      },
    ],
    ['SVCB', join(u16(0), name('svc.x')), { data: '0 svc.x' }],
    ['CAA', join([128, 5], 'issueca.org; a=b'), { data: '128 issue "ca.org; a=b"' }],
    ['TLSA', hex('030101 abcdef'), { data: '3 1 1 ABCDEF' }],
    ['SMIMEA', hex('030001 ab'), { data: '3 0 1 AB' }],
    ['SSHFP', hex('0102 ab'), { data: '1 2 AB' }],
    ['HINFO', join([2], 'PC', [5], 'Linux'), { data: '"PC" "Linux"' }],
    ['NAPTR', join(u16(1), u16(2), [1], 'u', [3], 'sip', [0], name('r.x')), { data: '1 2 "u" "sip" "" r.x' }],
    ['RP', join(name('a.b'), name('c.d')), { data: 'a.b c.d' }],
    ['URI', join(u16(1), u16(2), 'http://x/'), { data: '1 2 "http://x/"' }],
    ['LOC', hex('0012 1613'), { data: '\\# 4 00121613' }],
    ['65280', hex('deadbeef'), { data: '\\# 4 DEADBEEF' }],
  ] as [string, Buffer, Record<string, unknown>, string?][])('of type %s', (type, data, rest, text) => {
    const result = exchange(typeNumber(type), data);
    expect(result.rest).toEqual(rest);
    if (text) expect(result.text).toBe(text);
    else expect(result.text.endsWith(rest.data as string)).toBe(true);
    expect(result.malformed).toBe(0);
  });

  it('may be missing', () => {
    expect(exchange(1, Buffer.alloc(0)).rest).toEqual({});
  });

  it('that does not fit its type is shown as bytes', () => {
    const cases: [string, Buffer][] = [
      ['A', hex('010203')],
      ['AAAA', hex('01020304')],
      ['CNAME', hex('0161')],
      ['CNAME', join(name('a'), [1])],
      ['MX', hex('00')],
      ['MX', hex('0001 c0ff')],
      ['TXT', hex('0561')],
      ['SOA', join(name('a'), name('b'), Buffer.alloc(19))],
      ['SRV', hex('0001 0002 0003')],
      ['DNSKEY', hex('010203')],
      ['DS', hex('010203')],
      ['RRSIG', SIGNATURE.subarray(0, 18)],
      ['NSEC', join(name('a'), hex('0021'))],
      ['NSEC', join(name('a'), hex('0001'))],
      ['NSEC3', hex('0101 000a ff 00')],
      ['NSEC3', hex('0101 000a 00 ff')],
      ['NSEC3PARAM', hex('0101 000a 02 00')],
      ['HTTPS', join(u16(1), name('.'), hex('0001 0003 0668'))],
      ['HTTPS', join(u16(1), name('.'), hex('0001 0002 0668'))],
      ['HTTPS', join(u16(1), name('.'), hex('0003 0001 06'))],
      ['CAA', hex('00 09 6973')],
      ['TLSA', hex('0301')],
      ['HINFO', hex('01 61')],
      ['NAPTR', hex('0001 0002 01 61')],
      ['RP', name('a')],
      ['URI', hex('000100')],
    ];
    for (const [type, data] of cases) {
      const { rest, malformed } = exchange(typeNumber(type), data);
      expect([type, rest]).toEqual([
        type,
        { data: `\\# ${data.length} ${data.toString('hex').toUpperCase()}` },
      ]);
      expect(malformed).toBe(1);
    }
  });

  it('of any type survives being cut at any byte', () => {
    const samples = [
      SIGNATURE,
      join(name('next.x'), BITS),
      join([1, 1], u16(10), [2, 1, 2, 5], 'hello', BITS),
      soa(1),
    ];
    for (const type of [1, 6, 13, 15, 16, 17, 28, 33, 35, 43, 46, 47, 48, 50, 51, 52, 64, 256, 257, 65280]) {
      for (const sample of samples)
        for (let size = 0; size < sample.length; size++) exchange(type, sample.subarray(0, size));
    }
  });

  it('is cut at the limit of a field', () => {
    const t = new TestSession(dns, { send_response: true }, { transport: 'tcp', serverPort: 53 });
    const framed = (bytes: Buffer) => join(u16(bytes.length), bytes);
    t.client(framed(message({ questions: [question('x.org', 48)] })));
    const data = Buffer.alloc(60_000, 1);
    t.server(
      framed(
        message({
          flags: RESPONSE,
          questions: [question('x.org', 48)],
          answers: [record(pointer(12), 48, data)],
        }),
      ),
    );
    const [event] = t.events();
    expect(event!['dns.answers'][0].data.length).toBe(65_536);
    expect(event!.response.length).toBe(65_536);
  });
});

describe('EDNS options', () => {
  const opts = (data: Buffer, ttl = 0) => {
    const t = new TestSession(dns, {}, { serverPort: 53 });
    t.client(message({ questions: [question('x.org')], additionals: [opt()] }));
    t.server(
      message({ flags: RESPONSE, questions: [question('x.org')], additionals: [opt(4096, ttl, data)] }),
    );
    expect(t.logs).toEqual([]);
    return t.events()[0]!;
  };

  it('have a field each', () => {
    const event = opts(
      join(
        option(3, Buffer.from('nsid')),
        option(5, hex('0508')),
        option(6, hex('0102ff')),
        option(7, hex('01')),
        option(8, hex('0001 18 10 010203')),
        option(9, u32(77)),
        option(10, hex('0102030405060708')),
        option(1, hex('0001 0002 0003 0000000000000004 00000005')),
        option(2, u32(3600)),
        option(65001, hex('abcd')),
        option(15, join(u16(18), 'blocked')),
      ),
      0x00028000,
    );
    expect(Object.fromEntries(Object.entries(event).filter(([k]) => k.startsWith('dns.opt.')))).toEqual({
      'dns.opt.do': true,
      'dns.opt.ext_rcode': 'NOERROR',
      'dns.opt.udp_size': 4096,
      'dns.opt.version': '2',
      'dns.opt.nsid': '6e736964',
      'dns.opt.dau': 'RSASHA1 RSASHA256',
      'dns.opt.dhu': 'SHA1 SHA256 255',
      'dns.opt.n3u': 'SHA1',
      'dns.opt.subnet': '1.2.3.0/24/16',
      'dns.opt.cookie': '0102030405060708',
      'dns.opt.llq': '1 2 3 4 5',
      'dns.opt.ul': '3600 0',
      'dns.opt.local': '65001:0xabcd',
    });
  });

  it('are shown as bytes when they are not what they say', () => {
    expect(opts(option(8, hex('0001 18 10 0102030405')))['dns.opt.subnet']).toBe('000118100102030405');
    expect(opts(option(8, hex('0002 38 00 20010db8000000')))['dns.opt.subnet']).toBe('[2001:db8::]/56/0');
    expect(opts(option(1, hex('01')))['dns.opt.llq']).toBe('01');
    expect(opts(option(2, hex('0102')))['dns.opt.ul']).toBe('0102');
  });

  it('show the last of several, and survive lying lengths', () => {
    const twice = join(option(3, Buffer.from('a')), option(3, Buffer.from('b')));
    expect(opts(twice)['dns.opt.nsid']).toBe('62');
    expect(opts(join(option(3, Buffer.from('a')), hex('0003 ffff 61')))['dns.opt.nsid']).toBe('61');
    expect(opts(hex('0003 00'))).not.toHaveProperty('dns.opt.nsid');
  });
});
