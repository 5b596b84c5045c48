/**
 * Runs a bundle of dist/bundle, with the compiled code that the build kept beside it: compiling half a megabyte in each of
 * two threads costs more than reading a small capture. Another version of Node refuses that code and compiles.
 */
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

function readOrNothing(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** For the bundle's import(): in a script with kept code it has no loader of its own (Node 20). */
const importModule = (specifier) => import(specifier);

/** What the bundle exports, and its script. Throws with code ENOENT where nothing was built. */
function load(name) {
  const filename = join(__dirname, '../dist/bundle', `${name}.cjs`);
  const source = readFileSync(filename, 'latin1');
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname, importModule) {${source}\n})`,
    {
      filename,
      cachedData: readOrNothing(`${filename}.code`),
    },
  );
  const module = { exports: {} };
  const run = script.runInThisContext();
  run(module.exports, createRequire(filename), module, filename, dirname(filename), importModule);
  return { exports: module.exports, script };
}

module.exports = { load };
