/**
 * Joins what the command line and its workers load into one file each, dist/bundle/{main,worker}.cjs, and keeps the code
 * that this Node compiles of them (bin/load.js): loading hundreds of small modules in two threads costs more CPU than
 * reading a small capture. Names and lines are kept for stack traces. Packages that are only loaded when used, and the
 * addon's loader, stay outside.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const loader = fileURLToPath(new URL('../bin/load.js', import.meta.url));
const external = ['@elastic/elasticsearch', 'tldts', 'node-gyp-build'];
const minify = { compress: false, mangle: false, codegen: { removeWhitespace: true } };

/** Text beyond Latin-1 would double the size of the source in memory. */
const escapeAscii = (source) =>
  source.replace(/[^\x20-\x7e\n]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** To the import() that bin/load.js lends. */
const lendImport = (source) => source.replace(/\bimport\(/g, 'importModule(');

/** In a process of its own, so that the code is compiled as the program does it. */
function keepCode(name) {
  const program = `process.on('unhandledRejection', () => {}); // the worker finds no plan
    const { load } = require(${JSON.stringify(loader)});
    const { script } = load('${name}');
    require('node:fs').writeFileSync(process.argv[1], script.createCachedData());
    process.exit(0);`;
  const file = `${dist}bundle/${name}.cjs.code`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', program, file], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`no code of ${name}: ${stderr}`);
}

for (const [name, input] of [
  ['main', 'cli/main.js'],
  ['worker', 'app/worker.js'],
]) {
  const bundle = await rolldown({ input: dist + input, platform: 'node', external });
  const file = `${dist}bundle/${name}.cjs`;
  await bundle.write({ file, format: 'cjs', codeSplitting: false, minify });
  await bundle.close();
  writeFileSync(file, lendImport(escapeAscii(readFileSync(file, 'utf8'))));
  keepCode(name);
}
