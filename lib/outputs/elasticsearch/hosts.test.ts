import { expect, it } from 'vitest';
import { nodeUrl, withoutCredentials } from './hosts.js';

it.each([
  ['localhost', 'http://localhost:9200/'],
  ['localhost:9201', 'http://localhost:9201/'],
  ['http://es.example.org', 'http://es.example.org:9200/'],
  ['https://es.example.org', 'https://es.example.org:9200/'],
  ['https://es.example.org:443', 'https://es.example.org/'],
  ['http://es/prefix', 'http://es:9200/prefix/'],
  ['http://es:1/prefix/', 'http://es:1/prefix/'],
  ['http://me:secret@es', 'http://me:secret@es:9200/'],
  ['http://[2001:db8::1]', 'http://[2001:db8::1]:9200/'],
  ['[::1]:9201', 'http://[::1]:9201/'],
])('%s is %s', (host, url) => {
  expect(nodeUrl(host, 'http', '')).toBe(url);
});

it('takes protocol and path from the settings', () => {
  expect(nodeUrl('es', 'https', '/x')).toBe('https://es:9200/x');
});

it.each(['http://me:secret@es:1/a', 'me:secret@es:1/a', 'es:1/a'])('%s is shown without who', (host) => {
  expect(withoutCredentials(host)).toMatch(/^(http:\/\/)?es:1\/a$/);
});
