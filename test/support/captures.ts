/** The captures of ../shared/conformance, each once, and how much of a contract test is run. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const conformance = fileURLToPath(new URL('../../../shared/conformance/', import.meta.url));

/** Everything rather than a sample. */
export const DEEP = process.env.PBFAST_DEEP === '1';

/** One path for each different capture; none where the set is absent, which is told. */
export function captures(): string[] {
  if (!existsSync(conformance)) {
    console.warn('contract: ../shared/conformance is absent, its captures are skipped');
    return [];
  }
  const byContent = new Map<string, string>();
  for (const name of readdirSync(conformance)) {
    const path = join(conformance, name, 'input.pcap');
    if (!existsSync(path)) continue;
    byContent.set(createHash('sha1').update(readFileSync(path)).digest('hex'), path);
  }
  return [...byContent.values()];
}

/** All of `items` when deep, otherwise at most `most` of them, evenly from the first to the last. */
export function sample<T>(items: readonly T[], most: number): readonly T[] {
  if (DEEP || items.length <= most) return items;
  return Array.from({ length: most }, (_, i) => items[Math.floor((i * (items.length - 1)) / (most - 1))]!);
}
