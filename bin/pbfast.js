#!/usr/bin/env node
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/bundle/main.js', import.meta.url);
try {
  const { run } = await import(main);
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.message).includes(fileURLToPath(main)))
    throw error;
  process.stderr.write('pbfast: not built yet: npm run setup\n');
  process.exitCode = 1;
}
