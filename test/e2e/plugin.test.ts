/** A protocol of the user's own: the example, by command line, configuration and library; and plugins that are wrong. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { readPcap } from '../../dist/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const example = `${root}examples/my-protocol`;
const folder = mkdtempSync(join(tmpdir(), 'pbfast-plugin-'));
const file = join(folder, 'abacus.pcap');
writeFileSync(file, spawnSync('node', [`${example}/capture.js`]).stdout);
afterAll(() => rmSync(folder, { recursive: true }));

function read(...args: string[]) {
  const all = [`${root}bin/pbfast.js`, 'read', file, '--no-flows', '-o', 'ecs', ...args];
  const done = spawnSync('node', all, { cwd: folder, encoding: 'utf8', timeout: 50_000 });
  if (done.error) throw done.error;
  return done;
}
const events = (stdout: string) =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const results = (stdout: string) =>
  events(stdout).map(({ query, abacus, error }) => [
    query,
    abacus?.result ?? abacus?.error ?? error?.message,
  ]);

const ALL = [
  ['ADD 1 2', '3'],
  ['MUL 6 7', '42'],
  ['DIV 1 0', 'no such number'],
  ['SUM 1 2 3 4', 'Unmatched request'],
  ['ADD 20 22', '42'],
];

/** A plugin in a folder of its own, from JavaScript. */
function plugin(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const analyzer = (over: string) => `import { analyzer } from 'pbfast/plugin';
export default analyzer({ name: 'mine', transports: ['tcp'], ports: [7077], options: {}, fields: {},
  create: (options, emit) => (flow) => ({ data() { const row = emit.row(flow); row.start(1, 0); emit.send(row); return 'done'; } }),
  ${over} });`;

describe('the example', () => {
  it('works by the flag, as TypeScript, with nothing else said', () => {
    const { status, stdout, stderr } = read('--plugin', `${example}/analyzer.ts`);
    expect(results(stdout)).toEqual(ALL);
    expect(status).toBe(0);
    expect(stderr.split('\n').filter((line) => line && !line.startsWith('pbfast: '))).toEqual([]);
    const [first] = events(stdout);
    expect(first).toMatchObject({ type: 'abacus', method: 'ADD', status: 'OK', client: { bytes: 8 } });
  });

  it('works as JavaScript, in a folder without package.json, and with --only', () => {
    const away = join(folder, 'compiled');
    mkdirSync(away);
    for (const name of ['fields', 'parser', 'analyzer']) {
      const source = readFileSync(`${example}/${name}.ts`, 'utf8');
      const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
      writeFileSync(join(away, `${name}.js`), ts.transpileModule(source, { compilerOptions }).outputText);
    }
    const { stdout, stderr } = read('--plugin', 'compiled/analyzer.js', '--only', 'abacus', '-q');
    expect([results(stdout), stderr]).toEqual([ALL, '']);
    expect(read('--plugin', 'compiled/analyzer.js', '--only', 'http', '-q').stdout).toBe('');
  });

  it('works by a configuration, whose paths are relative to it, with options and ports', () => {
    const away = join(folder, 'configured');
    cpSync(example, join(away, 'abacus'), { recursive: true });
    const yml = join(away, 'pb.yml');
    const plugins = 'pbfast.plugins: [./abacus/analyzer.ts]\n';
    const entry = 'packetbeat.protocols:\n- type: abacus\n  ports: [9999]\n  send_request: true\n';
    writeFileSync(yml, plugins + entry);
    const { stdout, stderr } = read('-c', yml, '-q');
    expect([results(stdout), stderr]).toEqual([[ALL[4]], '']);
    expect(events(stdout)[0].request).toBe('ADD 20 22');

    writeFileSync(yml, entry);
    expect(read('-c', yml, '-q').stdout).toBe('');
    expect(
      results(read('-c', yml, '-E', 'pbfast.plugins=[configured/abacus/analyzer.ts]', '-q').stdout),
    ).toEqual([ALL[4]]);

    // Only loaded: the file does not want it, the flag does.
    writeFileSync(yml, `${plugins}packetbeat.protocols:\n- type: http\n`);
    const idle = read('-c', yml);
    expect([idle.stdout, idle.stderr]).toEqual(['', expect.stringContaining('plugin abacus is loaded, but')]);
    writeFileSync(yml, 'packetbeat.protocols:\n- type: http\n');
    expect(results(read('-c', yml, '--plugin', `${example}/analyzer.ts`, '-q').stdout)).toEqual(
      ALL.slice(0, 4),
    );
  });

  it('works in several workers, whichever comes first', () => {
    for (let i = 0; i < 4; i++) {
      const { stdout, stderr } = read('--workers', '2', '--plugin', `${example}/analyzer.ts`);
      expect(results(stdout).sort()).toEqual([...ALL].sort());
      expect(stderr).toContain('pbfast: 21 packets');
    }
  });

  it('works in the library, one capture with it and one without', async () => {
    interface AbacusEvent {
      readonly type: 'abacus';
      readonly query?: string;
      readonly abacus?: { readonly result?: string };
    }
    const found: unknown[] = [];
    const options = { plugins: [`${example}/analyzer.ts`], flows: false };
    for await (const event of await readPcap<AbacusEvent>(file, options))
      if (event.type === 'abacus') found.push(event.abacus?.result);
    expect(found).toEqual(['3', '42', undefined, undefined, '42']);
    const named = await readPcap(file, {
      ...options,
      protocols: { abacus: { ports: [9999] } },
      detect: false,
    });
    const few: unknown[] = [];
    for await (const batch of named.batches()) few.push(...batch);
    expect(few.length).toBe(1);
    for await (const event of await readPcap(file, { flows: false })) throw new Error(`seen: ${event.type}`);
    await expect(readPcap(file, { protocols: ['abacus'] })).rejects.toThrow(/no protocol 'abacus'/);
  });

  it('has the types an author sees', () => {
    const program = ts.createProgram([`${example}/analyzer.ts`], {
      strict: true,
      noEmit: true,
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      verbatimModuleSyntax: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      types: ['node'],
    });
    const diagnostics = ts.getPreEmitDiagnostics(program);
    expect(diagnostics.map((d) => ts.flattenDiagnosticMessageText(d.messageText, ' '))).toEqual([]);
  });
});

describe('a wrong plugin', () => {
  it.each([
    ['absent', undefined, /absent\.js: there is no such file/],
    ['empty', '', /nothing is exported as default/],
    ['torn', 'export default {', /torn\.js(:\d+)?: Unexpected/],
    ['throws', 'throw new Error("mine")', /throws\.js:1: mine/],
    ['lost', "import './nowhere.js'", /lost\.js: Cannot find module .*nowhere/],
    ['taken', analyzer("name: 'http'"), /the name 'http' is taken/],
    ['creates', analyzer("create() { throw new Error('no') }"), /creates\.js.*: no\n/],
    ['typed', 'export default 1 satisfies string', /typed\.js/],
  ])('%s is refused in good order', (name, text, message) => {
    const path = text === undefined ? join(folder, `${name}.js`) : plugin(`${name}.js`, text);
    const { status, stdout, stderr } = read('--plugin', path);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('ERR_PBFAST_PLUGIN');
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('in TypeScript is refused with its place, and with what to do about the rest', () => {
    const { status, stderr } = read('--plugin', plugin('torn.ts', 'export default {\n  name: ,\n};\n'));
    expect([status, stderr]).toEqual([2, expect.stringMatching(/torn\.ts.*\n.*ERR_PBFAST_PLUGIN/s)]);
  });

  it('is refused by the library with the same code', async () => {
    const wrong = { plugins: [plugin('taken.js', analyzer("name: 'dns'"))] };
    await expect(readPcap(file, wrong)).rejects.toMatchObject({ code: 'ERR_PBFAST_PLUGIN' });
    const fails = { plugins: [plugin('fails.js', analyzer("create() { throw new Error('no') }"))] };
    await expect(readPcap(file, fails)).rejects.toMatchObject({ code: 'ERR_PBFAST_PLUGIN' });
  });

  it('that throws at the data ends its sessions, not the run', () => {
    const text = analyzer("create: () => () => ({ data() { throw new Error('mine') } })");
    const { status, stderr } = read('--plugin', plugin('crashes.js', text));
    expect(status).toBe(0);
    expect(stderr).toContain('mine');
  });
});
