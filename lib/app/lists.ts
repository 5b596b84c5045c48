/** What there is, by name, for the command line. */
import { buildDemo } from '../demo/demo.js';
import type { OutputDefinition } from '../outputs/output.js';
import { findOutput as find } from '../outputs/registry.js';
import { analyzers } from '../protocols/registry.js';
import type { Plugins } from './plugins.js';

export const protocolNames = (plugins: Plugins): string[] =>
  [...analyzers, ...plugins.analyzers].map((analyzer) => analyzer.name);

export function findOutput(name: string): OutputDefinition {
  return find(name)!;
}

/** A pcap image of generated traffic. */
export const demoImage = (): Buffer => buildDemo();
