/** What a configuration comes to, and how a wrong one is told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { PbfastError } from '../base/errors.js';
import { flag, integer, strings, text } from '../base/options.js';
import type { Known } from './schema.js';
import { loadSettings } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'pbfast-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const known: Known = {
  protocols: {
    http: { send_headers: strings([], ''), split_cookie: flag(false, ''), max_message_size: integer(9, '') },
    dns: { include_authorities: flag(false, '') },
    cassandra: { ignored_ops: strings([], '', ['QUERY', 'RESULT']) },
  },
  outputs: {
    console: { pretty: flag(false, ''), 'codec.json.pretty': flag(false, '') },
    file: { path: text('', ''), permissions: integer(0o600, '', { min: 0, max: 0o777 }) },
    elasticsearch: { hosts: strings([], ''), password: text('', ''), 'backoff.init': integer(1, '') },
  },
};

/** Each text is one file, a.yml, b.yml ... */
function load(texts: string | string[], overrides: string[] = [], env: Record<string, string> = {}) {
  const files = [texts].flat().map((content, i) => {
    const file = join(folder, `${'abc'[i]}.yml`);
    writeFileSync(file, content);
    return file;
  });
  return loadSettings(files, overrides, known, env);
}

function failure(texts: string | string[], overrides: string[] = []): PbfastError {
  try {
    load(texts, overrides);
  } catch (error) {
    return error as PbfastError;
  }
  throw new Error('it was accepted');
}

describe('lists of names', () => {
  it('may be written in lower case', () => {
    const { protocols } = load('packetbeat.protocols:\n- type: cassandra\n  ignored_ops: [query, RESULT]\n');
    expect(protocols).toMatchObject([{ options: { ignored_ops: ['query', 'RESULT'] } }]);
  });
});

describe('keys', () => {
  it('are the same dotted and nested, in any mixture', () => {
    const nested = load(
      'packetbeat:\n  interfaces:\n    device: eth0\n    snaplen: 99\n  flows:\n    timeout: 5s\n',
    );
    const dotted = load(
      'packetbeat.interfaces.device: eth0\npacketbeat.interfaces.snaplen: 99\npacketbeat.flows.timeout: 5s\n',
    );
    const mixed = load(
      'packetbeat.interfaces: {device: eth0}\npacketbeat:\n  interfaces.snaplen: 99\n  flows.timeout: 5s\n',
    );
    expect(dotted).toEqual(nested);
    expect(mixed).toEqual(nested);
    expect(nested).toMatchObject({ device: 'eth0', snaplen: 99, flows: { timeout: 5, period: 10 } });
  });

  it('says which tunnels to look into', () => {
    expect(load('pbfast.workers: 1\n').tunnels).toBe('usual');
    expect(load('pbfast.tunnels: none\n').tunnels).toBe('none');
    expect(() => load('pbfast.tunnels: some\n')).toThrow(/pbfast\.tunnels/);
  });

  it('may be written below pbfast as below packetbeat', () => {
    expect(load('pbfast.interfaces.device: lo\npbfast.detect: true\n')).toMatchObject({
      device: 'lo',
      detect: true,
    });
  });

  it('may be absent altogether', () => {
    for (const nothing of [
      '',
      '# only a remark\n',
      '---\n',
      'packetbeat:\n',
      'packetbeat.protocols:\noutput:\n',
    ]) {
      expect(load(nothing)).toMatchObject({ flows: null, protocols: [], output: undefined, warnings: [] });
    }
  });

  it('are merged from several files, the later one wins; lists are replaced', () => {
    const both = load([
      'packetbeat.interfaces: {device: eth0, snaplen: 99}\ntags: [a, b]\nname: one\n',
      'packetbeat.interfaces.device: eth1\ntags: [c]\n',
    ]);
    expect(both).toMatchObject({ device: 'eth1', snaplen: 99, tags: ['c'], name: 'one' });
  });

  it('are overridden by -E, in order, with lists and maps', () => {
    const over = load('name: one\ntags: [a]\n', [
      'name=two',
      'name=three',
      'tags=[x, y]',
      'packetbeat.flows={timeout: 7s}',
    ]);
    expect(over).toMatchObject({ name: 'three', tags: ['x', 'y'], flows: { timeout: 7 } });
    expect(load([], ['packetbeat.interfaces.device=eth7']).device).toBe('eth7');
  });

  it('are merged through YAML anchors', () => {
    const { protocols } = load(
      'tags: &t [t]\npacketbeat.protocols:\n- &web {type: http, ports: [80], tags: *t}\n- {<<: *web, ports: [90]}\n- {ports: 1, <<: [*web]}\n',
    );
    expect(protocols.map(({ type, ports, tags }) => [type, ports, tags])).toEqual([
      ['http', [80], ['t']],
      ['http', [90], ['t']],
      ['http', [1], ['t']],
    ]);
    expect(failure('name: x\n<<: 1\n').message).toMatch(/a\.yml:2:5: <<: settings/);
  });
});

describe('interfaces', () => {
  it('gives networks by name and by CIDR', () => {
    const { internalNetworks } = load(
      'packetbeat.interfaces.internal_networks: [private, 203.0.113.0/24, "2001:db8::1"]\n',
    );
    expect(internalNetworks).toContainEqual({ address: '10.0.0.0', bits: 8 });
    expect(internalNetworks).toContainEqual({ address: 'fc00::', bits: 7 });
    expect(internalNetworks).toContainEqual({ address: '203.0.113.0', bits: 24 });
    expect(internalNetworks).toContainEqual({ address: '2001:db8::1', bits: 128 });
    expect(load('packetbeat.interfaces.internal_networks: loopback\n').internalNetworks.length).toBe(2);
  });

  it.each([
    'privat',
    '10.0.0.0/33',
    '::/129',
    '10.0.0/8',
    '10.0.0.0/',
    '10.0.0.0/8/9',
    '10.0.0.0/0x8',
    '10.0.0.0/-1',
    '""',
    'constructor',
  ])('refuses the network %s', (network) => {
    const { code, message } = failure(`packetbeat.interfaces:\n  internal_networks: [private, ${network}]\n`);
    expect(code).toBe('ERR_PBFAST_CONFIG');
    expect(message).toMatch(/a\.yml:2:3: .*is neither a network such as 10\.0\.0\.0\/8 nor one of .*private/);
  });

  it('may be several sets, each with its options', () => {
    const settings = load(
      'packetbeat.interfaces:\n- device: eth0\n  snaplen: 99\n- device: default_route_ipv6\n  poll_default_route: 1m\n  bpf_filter: icmp\n',
    );
    expect(settings).toMatchObject({ device: 'eth0', snaplen: 99, pollSeconds: 0, warnings: [] });
    expect(settings.others).toMatchObject([
      { device: 'default_route_ipv6', pollSeconds: 60, filter: 'icmp', snaplen: undefined },
    ]);
  });

  it('must all have a device, and none twice', () => {
    expect(failure('packetbeat.interfaces:\n- device: eth0\n- device: eth0\n').message).toMatch(
      /a\.yml:3:3: .*eth0 is there twice/,
    );
    expect(failure('packetbeat.interfaces:\n- device: eth0\n- snaplen: 99\n').message).toMatch(
      /a\.yml:3:3: .*needs its device/,
    );
    expect(failure('packetbeat.interfaces:\n- eth0\n').message).toMatch(/a set needs settings/);
  });

  it('warns of what has an effect in the first set only', () => {
    const { warnings, internalNetworks } = load(
      'packetbeat.interfaces:\n- device: eth0\n- device: eth1\n  file: x\n  internal_networks: [private]\n',
    );
    expect(warnings).toEqual([
      expect.stringMatching(/:3:3: .*file/),
      expect.stringMatching(/:3:3: .*internal_networks/),
    ]);
    expect(internalNetworks).toEqual([]);
  });

  it('are what a protocol may be bound to', () => {
    const { protocols } = load(
      'packetbeat.protocols:\n- type: http\n  interface: {device: eth1}\n- type: dns\n',
    );
    expect(protocols.map(({ device }) => device)).toEqual(['eth1', undefined]);
  });
});

describe('protocols', () => {
  it('are the same as a list and as a map', () => {
    const list = load(
      'packetbeat.protocols:\n- type: http\n  ports: [80, 8080]\n  split_cookie: true\n- type: dns\n',
    );
    const map = load(
      'packetbeat.protocols:\n  http:\n    ports: [80, 8080]\n    split_cookie: true\n  dns:\n',
    );
    const dotted = load(
      'packetbeat.protocols.http.ports: [80, 8080]\npacketbeat.protocols.http.split_cookie: true\npacketbeat.protocols.dns:\n',
    );
    expect(map.protocols).toEqual(list.protocols);
    expect(dotted.protocols).toEqual(list.protocols);
    expect(list.protocols).toMatchObject([
      { type: 'http', ports: [80, 8080], options: { split_cookie: true } },
      { type: 'dns' },
    ]);
  });

  it('may come twice, and be disabled', () => {
    const { protocols } = load(
      'packetbeat.protocols:\n- {type: http, ports: 80}\n- {type: http, ports: [90], tags: [b]}\n- {type: dns, enabled: false}\n',
    );
    expect(protocols.map(({ type, ports, tags }) => [type, ports, tags])).toEqual([
      ['http', [80], []],
      ['http', [90], ['b']],
    ]);
  });

  it('that nobody analyzes are told, their ports are counted', () => {
    const { protocols, warnings, countedPorts } = load(
      'packetbeat.protocols:\n- type: htp\n  ports: [1]\n- type: sip\n  ports: [5060]\n',
    );
    expect(protocols).toEqual([]);
    expect(countedPorts).toEqual([1, 5060]);
    expect(warnings).toEqual([
      expect.stringMatching(/a\.yml:2:3: protocol htp is not analyzed, did you mean http\?$/),
      expect.stringMatching(/a\.yml:4:3: protocol sip is not analyzed$/),
    ]);
  });

  it('take fields and tags', () => {
    const { protocols } = load(
      'packetbeat.protocols:\n- {type: dns, fields: {a: {b: 1}}, fields_under_root: true}\n',
    );
    expect(protocols[0]).toMatchObject({ fields: { a: { b: 1 } }, fieldsUnderRoot: true });
  });

  it('need a type', () => {
    expect(failure('packetbeat.protocols:\n- ports: [80]\n').message).toMatch(/a\.yml:2:3: .*type: http/);
    expect(failure('packetbeat.protocols:\n- http\n').message).toMatch(/a\.yml:2:3: .*type: http/);
  });
});

describe('flows', () => {
  it('are on when their section is there, and can be disabled', () => {
    expect(load('packetbeat.flows:\n').flows).toMatchObject({ timeout: 30, period: 10, delta: false });
    expect(load('packetbeat.flows.enabled: false\n').flows).toBeNull();
    expect(load('packetbeat.flows: {period: -1s, enable_delta_flow_reports: true}\n').flows).toMatchObject({
      period: 0,
      delta: true,
    });
  });

  it('refuse a timeout below a second', () => {
    expect(failure('packetbeat.flows:\n  timeout: 900ms\n').message).toMatch(/a\.yml:2:12: .*at least 1s/);
  });
});

describe('outputs', () => {
  it('are one, with nested and dotted options alike', () => {
    const nested = load('output.elasticsearch:\n  hosts: "a:1"\n  backoff:\n    init: 3\n').output;
    const dotted = load('output:\n  elasticsearch.hosts: ["a:1"]\n  elasticsearch.backoff.init: 3\n').output;
    expect(nested).toEqual({ name: 'elasticsearch', options: { hosts: ['a:1'], 'backoff.init': 3 } });
    expect(dotted).toEqual(nested);
  });

  it('may be two when one is disabled', () => {
    const { output } = load('output.console.enabled: false\noutput.file.path: /x\n');
    expect(output).toEqual({ name: 'file', options: { path: '/x' } });
    expect(failure('output.console: {}\noutput.file:\n  path: /x\n')).toMatchObject({
      code: 'ERR_PBFAST_CONFIG',
      message: expect.stringMatching(/a\.yml:2:1: only one output may be enabled/),
    });
  });

  it('that do not exist are an error when used', () => {
    const { output, missingOutput } = load('name: x\noutput.kafka.hosts: [a]\n');
    expect(output).toBeUndefined();
    expect(missingOutput?.message).toMatch(
      /a\.yml:2:1: output\.kafka is not there yet: use console, file, elasticsearch/,
    );
    expect(load('output.kafka.enabled: false\n').missingOutput).toBeUndefined();
  });

  it('read permissions as octal, as Packetbeat does', () => {
    expect(load('output.file.permissions: 0640\n').output?.options.permissions).toBe(0o640);
    expect(load([], ['output.file.permissions=0600']).output?.options.permissions).toBe(0o600);
  });
});

describe('unknown keys', () => {
  it.each([
    ['packetbeat.flow:\n  timeout: 1s\n', '1:1: packetbeat.flow is not known, did you mean flows?'],
    [
      'packetbeat:\n  interfaces:\n    snaplne: 9\n',
      '3:14: packetbeat.interfaces.snaplne is not known, did you mean snaplen?',
    ],
    [
      'packetbeat.protocols:\n- type: http\n  send_header: x\n',
      '3:16: packetbeat.protocols.http.send_header is not known, did you mean send_headers?',
    ],
    ['output.file:\n  pth: /x\n', '2:8: output.file.pth is not known, did you mean path?'],
    ['nme: x\n', '1:6: nme is not known, did you mean name?'],
    ['zzzzzzzzzz: 1\n', '1:13: zzzzzzzzzz is not known'],
    ['packetbeat.interfaces.constructor: 1\n', '1:36: packetbeat.interfaces.constructor is not known'],
    ['packetbeat.interfaces.__proto__: 1\n', '1:34: packetbeat.interfaces.__proto__ is not known'],
  ])('%j is a warning', (content, warning) => {
    const { warnings } = load(content);
    expect(warnings).toEqual([`${join(folder, 'a.yml')}:${warning}`]);
  });

  it('that Packetbeat knows are passed over', () => {
    expect(
      load(
        'logging.level: info\nsetup.template.name: x\nqueue.mem.events: 9\npacketbeat.procs.enabled: true\n',
      ).warnings,
    ).toEqual([]);
  });
});

describe('wrong values', () => {
  it.each([
    ['packetbeat.interfaces:\n  snaplen: much\n', '2:12', 'a whole number is expected'],
    ['packetbeat.interfaces:\n  snaplen: 63\n', '2:12', 'at least 64 is expected'],
    ['packetbeat.interfaces:\n  snaplen: 262145\n', '2:12', 'at most 262144 is expected'],
    ['packetbeat.interfaces:\n  snaplen: 99.5\n', '2:12', 'a whole number is expected'],
    ['packetbeat.interfaces:\n  auto_promisc_mode: "true"\n', '2:22', 'true or false is expected'],
    ['packetbeat.interfaces:\n  device: [eth0]\n', '2:3', 'a text is expected'],
    ['packetbeat.flows:\n  timeout: soon\n', '2:12', 'a duration such as 10s'],
    ['packetbeat.flows:\n  timeout: 10 s\n', '2:12', 'a duration such as 10s'],
    ['packetbeat.protocols:\n- type: http\n  ports: [80, x]\n', '3:3', 'a list of whole numbers is expected'],
    ['packetbeat.protocols:\n- type: http\n  ports: {a: 1}\n', '3:3', 'a list of whole numbers is expected'],
    ['packetbeat.protocols:\n- type: http\n  ports: [true]\n', '3:3', 'a list of whole numbers is expected'],
    ['packetbeat.protocols:\n- type: http\n  ports: [80, 70000]\n', '3:3', 'at most 65535 is expected'],
    ['packetbeat.protocols:\n- type: http\n  ports: [-1]\n', '3:3', 'at least 0 is expected'],
    ['packetbeat.protocols: http\n', '1:23', 'packetbeat.protocols: a list of protocols is expected'],
    [
      'packetbeat.protocols:\n- type: cassandra\n  ignored_ops: [QUERY, EVNT]\n',
      '3:3',
      'ignored_ops: one of QUERY, RESULT is expected',
    ],
    ['packetbeat.interfaces: eth0\n', '1:24', 'packetbeat.interfaces: settings are expected'],
    ['packetbeat: eth0\n', '1:13', 'packetbeat: settings are expected'],
    ['output: console\n', '1:9', 'output: settings are expected'],
    ['timestamp.precision: second\n', '1:22', 'one of millisecond, microsecond, nanosecond is expected'],
    ['- a\n- b\n', '1:1', 'settings are expected: key: value'],
    ['just words\n', '1:1', 'settings are expected: key: value'],
  ])('%j', (content, place, expected) => {
    const { code, message } = failure(content);
    expect(code).toBe('ERR_PBFAST_CONFIG');
    const [first, line, caret] = message.split('\n') as [string, string, string];
    expect(first).toContain(`${join(folder, 'a.yml')}:${place}: `);
    expect(first).toContain(expected);
    const [row, column] = place.split(':').map(Number) as [number, number];
    expect(line).toBe(`  ${content.split('\n')[row - 1]}`);
    expect(caret).toBe(`${' '.repeat(column + 1)}^`);
  });

  it('name the file they stand in', () => {
    expect(failure(['name: a\n', '\npacketbeat.flows.timeout: x\n']).message).toContain('b.yml:2:27: ');
    const { message } = failure('name: a\n', ['packetbeat.flows.timeout=hunter2']);
    expect(message).toContain('-E packetbeat.flows.timeout: ');
    expect(message).not.toContain('hunter2');
    expect(failure('', ['nothing'])).toMatchObject({ code: 'ERR_PBFAST_USAGE' });
    expect(failure('', ['=x'])).toMatchObject({ code: 'ERR_PBFAST_USAGE' });
  });

  it.each([
    ['a: [1, 2\nb: 3\n', /a\.yml:\d:\d+: /],
    ['a: "x\n', /a\.yml:\d:\d+: /],
    ['a: 1\n\tb: 2\n', /a\.yml:2:\d: /],
    ['a: 1\na: 2\n', /a\.yml:2:1: .*unique/],
    ['a: *gone\n', /a\.yml:1:4: .*gone/],
  ])('YAML that is none: %j', (content, place) => {
    expect(failure(content)).toMatchObject({
      code: 'ERR_PBFAST_CONFIG',
      message: expect.stringMatching(place),
    });
  });

  it('a file that cannot be read', () => {
    expect(() => loadSettings([join(folder, 'absent.yml')], [], known)).toThrow(/absent\.yml: ENOENT/);
    expect(() => loadSettings([folder], [], known)).toThrow(/EISDIR/);
  });

  it('an alias that holds itself ends', () => {
    expect(failure('a: &a\n  b: *a\n').code).toBe('ERR_PBFAST_CONFIG');
  });
});
