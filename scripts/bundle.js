/**
 * Joins what the command line and its workers load into one file each, dist/bundle/{main,worker}.js: loading a hundred
 * small modules in two threads costs more CPU than reading a small capture. Names and lines are kept for stack traces.
 * Packages that are only loaded when used, and the addon's loader, stay outside.
 */
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const external = ['@elastic/elasticsearch', 'tldts', 'node-gyp-build'];
const minify = { compress: false, mangle: false, codegen: { removeWhitespace: true } };

for (const [name, input] of [
  ['main', 'cli/main.js'],
  ['worker', 'app/worker.js'],
]) {
  const bundle = await rolldown({ input: dist + input, platform: 'node', external });
  await bundle.write({ file: `${dist}bundle/${name}.js`, format: 'esm', codeSplitting: false, minify });
  await bundle.close();
}
