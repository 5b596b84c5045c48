#!/usr/bin/env node
const { load } = require('./load.js');

function main() {
  try {
    return load('main').exports.run(process.argv.slice(2));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    process.stderr.write('pbfast: not built yet: npm run setup\n');
    return 1;
  }
}

Promise.resolve(main()).then((status) => {
  process.exitCode = status;
});
