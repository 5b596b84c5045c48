/** Files that a replacement for Packetbeat must load, or refuse with a place (../shared/conformance/config). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { flag, integer, strings, text } from '../base/options.js';
import { loadSettings } from './settings.js';

const folder = fileURLToPath(new URL('../../../shared/conformance/config/', import.meta.url));
const present = existsSync(folder);
if (!present) console.warn('config: ../shared/conformance/config is absent, its files are skipped');

const known = {
  protocols: {
    http: { send_request: flag(false, ''), hide_keywords: strings([], '') },
    dns: { include_authorities: flag(false, ''), include_additionals: flag(false, '') },
    icmp: {},
    redis: {},
  },
  outputs: {
    console: { pretty: flag(false, '') },
    file: {
      path: text('', ''),
      filename: text('', ''),
      rotate_every_kb: integer(1, ''),
      number_of_files: integer(2, ''),
    },
    elasticsearch: {},
  },
};
const load = (file: string, env = {}) => loadSettings([folder + file], [], known, env);

describe.skipIf(!present)('stock and old files', () => {
  it('loads those that Packetbeat loads', () => {
    const stock = load('packetbeat.yml');
    expect(stock.flows).toMatchObject({ timeout: 30, period: 10 });
    expect(stock.protocols.map(({ type }) => type)).toContain('http');
    expect(stock.output?.name).toBe('elasticsearch');
    expect(load('packetbeat.reference.yml').protocols.length).toBeGreaterThan(0);
    expect(load('map-5x.yml').protocols.length).toBeGreaterThan(0);
    expect(load('env-and-references.yml')).toBeDefined();
  });

  it('keeps both entries of a protocol that is listed twice', () => {
    expect(load('list-6x.yml').protocols.filter(({ type }) => type === 'http').length).toBe(2);
  });

  it('refuses what is missing or broken, with its place', () => {
    expect(() => load('required-variable.yml')).toThrow(/required-variable\.yml:\d+:\d+: .*PB_DEVICE/);
    expect(load('required-variable.yml', { PB_DEVICE: 'eth1' }).device).toBe('eth1');
    expect(() => load('broken-yaml.yml')).toThrow(/broken-yaml\.yml:6:\d+: /);
  });

  it('warns once a line of what it does not know', () => {
    const { warnings } = load('devices-typo.yml');
    expect(warnings.some((warning) => warning.includes('kafka'))).toBe(true);
    expect(warnings.length).toBeGreaterThanOrEqual(3);
  });

  it.each(present ? readdirSync(folder) : [])('%s does what its first line says', (file) => {
    const [first = ''] = readFileSync(folder + file, 'utf8').split('\n');
    const refused = first.includes('must happen: error');
    if (refused) expect(() => load(file)).toThrow(expect.objectContaining({ code: 'ERR_PBFAST_CONFIG' }));
    else expect(load(file)).toBeDefined();
  });

  it('warns of nothing but what has no effect', () => {
    const { warnings, output, precision } = load('whole-house.yml');
    expect(output?.name).toBe('file');
    expect(precision).toBe(6);
    expect(warnings.map((warning) => warning.replace(/^.*\.yml:/, ''))).toEqual([
      '14:3: protocol pgsql is not analyzed',
    ]);
  });

  it('points at each line with a mistake', () => {
    const lines = load('devices-typo.yml').warnings.map((warning) => /\.yml:(\d+):/.exec(warning)?.[1]);
    expect([...lines].sort()).toEqual(['3', '5', '8']);
  });
});
