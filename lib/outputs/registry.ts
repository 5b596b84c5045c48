/** The list of outputs: one line each. */
import { consoleOutput } from './console/console.js';
import { elasticsearchOutput } from './elasticsearch/elasticsearch.js';
import { fileOutput } from './file/file.js';
import type { OutputDefinition } from './output.js';

export const outputs: readonly OutputDefinition[] = [
  consoleOutput,
  elasticsearchOutput,
  fileOutput,
] as unknown as readonly OutputDefinition[];

export function findOutput(name: string): OutputDefinition | undefined {
  return outputs.find((output) => output.name === name);
}
