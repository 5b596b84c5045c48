import { hex, u16 } from './wire.js';

/** Of a key made for this example: O=Example, CN=example.org. */
const certificate = Buffer.from(
  'MIIBpTCCAUugAwIBAgIULy78e0rvBS/7PveoqHg7ilQIXCcwCgYIKoZIzj0EAwIwKDEQMA4GA1UECgwHRXhhbXBsZTEUMBIG' +
    'A1UEAwwLZXhhbXBsZS5vcmcwHhcNMjYxMTI0MTQwNzI3WhcNMjcxMTI0MTQwNzI3WjAoMRAwDgYDVQQKDAdFeGFtcGxlMRQw' +
    'EgYDVQQDDAtleGFtcGxlLm9yZzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABL0jGGmWzV6V2zv3ytV7hErxisv07YMsmrLR' +
    'SYwX52HYxTckVnbg1aZnKlqHpR6b8mUcISvB4gBrZxCciEQ00GijUzBRMB0GA1UdDgQWBBSCvjyBfkLvevDYosOtgCyuinQk' +
    'KjAfBgNVHSMEGDAWgBSCvjyBfkLvevDYosOtgCyuinQkKjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQDr' +
    'xuuBZYv0SNP5+AVTGulz7KN7CFGLDtPYqmYAY73ozwIgfz5xWXdh8pTjpvY+vAb8ZCR2elUFGtrNUjkrA/YVVVw=',
  'base64',
).toString('latin1');
const clientHello =
  '16030100c2010000be03033367dfae0d46ec0651e49cca2ae47317e8989df710ee7570a88b9a7d5d56b3af00001c3a3ac02bc02fc02cc030cca9cca8c0' +
  '13c014009c009d002f0035000a01000079dada0000ff0100010000000010000e00000b6578616d706c652e6f72670017000000230000000d0014001204' +
  '0308040401050308050501080606010201000500050100000000001200000010000e000c02683208687474702f312e3175500000000b00020100000a00' +
  '0a00086a6a001d00170018aaaa000100';
const serverHello =
  '160303003d020000390303543dd328b38b445686739d58fab733fa23838f575e0e5ad9a1b9baace6cc3b4100c02f000011ff01000100000b0004030001' +
  '0200230000';
const record = (type, body) => `${type}\x03\x03${u16(body.length)}${body}`;
const message = (type, body) => record('\x16', `${type}\0${u16(body.length)}${body}`);
const list = (body) => `\0${u16(body.length)}${body}`;
const finished = record('\x14', '\x01') + record('\x16', '\x09'.repeat(40));

export const example = {
  packets: [
    ['client', hex(clientHello)],
    ['server', hex(serverHello) + message('\x0b', list(list(certificate))) + message('\x0e', '')],
    ['client', message('\x10', `\x20${'\x07'.repeat(32)}`) + finished],
    ['server', finished],
  ],
};
