import { describe, expect, it } from 'vitest';
import { Span } from '../kit/lines.js';
import { Address, findParameter, Uri } from './address.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const read = (buf: Buffer, { start, end }: Span) =>
  start < 0 ? undefined : buf.toString('latin1', start, end);

function uri(text: string) {
  const buf = bytes(`<<${text}>>`);
  const got = new Uri();
  got.read(buf, 2, buf.length - 2);
  const { scheme, username, host, port, parameters } = got;
  return [scheme, username, host].map((span) => read(buf, span)).concat([`${port}`, read(buf, parameters)]);
}

function address(text: string) {
  const buf = bytes(`xx${text}`);
  const got = new Address();
  got.read(buf, 2, buf.length);
  return [read(buf, got.display), read(buf, got.uri.original), read(buf, got.parameters)];
}

describe('URIs', () => {
  it.each([
    ['sip:a@b', 'sip', 'a', 'b', '0', undefined],
    [' sips:test@10.0.2.15:5061 ; transport=udp', 'sips', 'test', '10.0.2.15', '5061', ' transport=udp'],
    ['sip:b', 'sip', undefined, 'b', '0', undefined],
    ['sip:b:5060', 'sip', undefined, 'b', '5060', undefined],
    ['sip:a:p@b:1;x=y;lr?h=v&i=w', 'sip', 'a', 'b', '1', 'x=y;lr'],
    ['sip:a:p:q@r@b', 'sip', 'a', 'b', '0', undefined],
    ['sip:[2001:db8::1]:5062;transport=tcp', 'sip', undefined, '[2001:db8::1]', '5062', 'transport=tcp'],
    ['sip:a@[::1]', 'sip', 'a', '[::1]', '0', undefined],
    ['sip:a@[::1', 'sip', 'a', '[::1', '0', undefined],
    ['sip:+1;phone-context=x@b;user=phone', 'sip', '+1;phone-context=x', 'b', '0', 'user=phone'],
    ['sip:a?b@c', 'sip', 'a?b', 'c', '0', undefined],
    ['sip:b?subject=x', 'sip', undefined, 'b', '0', undefined],
    ['sip:b:99999', 'sip', undefined, 'b', '0', undefined],
    ['tel:+1-201;phone-context=x', 'tel', '+1-201', undefined, '0', 'phone-context=x'],
    ['urn:service:sos', 'urn', undefined, undefined, '0', undefined],
    ['mailto:192.168.0.2', 'mailto', undefined, '192.168.0.2', '0', undefined],
    ['*', undefined, undefined, undefined, '0', undefined],
    ['sip:', 'sip', undefined, undefined, '0', undefined],
    ['sip:@', 'sip', undefined, undefined, '0', undefined],
    ['sip::@', 'sip', undefined, undefined, '0', undefined],
    ['', undefined, undefined, undefined, '0', undefined],
  ])('%j', (text, ...parts) => {
    expect(uri(text)).toEqual(parts);
  });
});

describe('addresses', () => {
  it.each([
    ['test <sip:test@10.0.2.15:5060>;tag=QvN921', 'test', 'sip:test@10.0.2.15:5060', 'tag=QvN921'],
    ['"PCMU/8000"   <sip:sipp@10.0.2.15>;tag=1', 'PCMU/8000', 'sip:sipp@10.0.2.15', 'tag=1'],
    ['"A \\"B\\" <x>" <sip:b@h>', 'A \\"B\\" <x>', 'sip:b@h', undefined],
    ['""<sip:b@h> ; tag=1', undefined, 'sip:b@h', ' tag=1'],
    ['sip:b@h;tag=88', undefined, 'sip:b@h', 'tag=88'],
    ['<sip:b@h;x=y>', undefined, 'sip:b@h;x=y', undefined],
    ['<sip:b@h', undefined, 'sip:b@h', undefined],
    ['"unclosed <sip:b@h>', 'unclosed <sip:b@h>', undefined, undefined],
    ['"quoted" sip:b@h;tag=1', 'quoted', 'sip:b@h', 'tag=1'],
    ['"x" >mailto:w@b< ;q=0.1', 'x', ';q=0.1', undefined],
    ['', undefined, undefined, undefined],
  ])('%j', (text, ...parts) => {
    expect(address(text)).toEqual(parts);
  });
});

describe('parameters', () => {
  const find = (text: string, name: string, separator?: number) => {
    const span = new Span();
    const buf = bytes(text);
    return findParameter(span, buf, 0, buf.length, bytes(name), separator) ? read(buf, span) : undefined;
  };

  it.each([
    ['tag=1', 'tag', '1'],
    ['x=y; TAG = "zz" ', 'tag', 'zz'],
    ['lr;tag=1', 'tag', '1'],
    ['a="x;tag=2";tag=1', 'tag', '1'],
    ['mytag=1', 'tag', undefined],
    ['q=1, <sip:x>;tag=2', 'tag', undefined],
    ['tag=', 'tag', undefined],
    ['tag', 'tag', undefined],
    ['tag="1', 'tag', '1'],
    ['', 'tag', undefined],
  ])('%j has %s', (text, name, value) => {
    expect(find(text, name)).toBe(value);
  });

  it('may be separated by commas', () => {
    expect(find('username="a,b", realm="r;s",uri="sip:x"', 'uri', 0x2c)).toBe('sip:x');
    expect(find('username="a,b", realm="r;s"', 'realm', 0x2c)).toBe('r;s');
  });
});
