/**
 * Runs a bundle of dist/bundle, with the compiled code that the build kept beside it: compiling half a megabyte in each of
 * two threads costs more than reading a small capture. Another version of Node refuses that code and compiles.
 */
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const { constants, Script } = require('node:vm');

function readOrNothing(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** What the bundle exports, and its script. Throws with code ENOENT where nothing was built. */
function load(name) {
  const filename = join(__dirname, '../dist/bundle', `${name}.cjs`);
  const source = readFileSync(filename, 'latin1');
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename,
    cachedData: readOrNothing(`${filename}.code`),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const module = { exports: {} };
  const run = script.runInThisContext();
  run(module.exports, createRequire(filename), module, filename, dirname(filename));
  return { exports: module.exports, script };
}

module.exports = { load };
