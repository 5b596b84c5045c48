/** What a result was measured on. */
import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { measuredBy } from './measure.js';

/** First line of what a command prints; '' when it is not there. */
export function firstLine(command, ...args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n', 1)[0].trim() : '';
}

export const machine = () => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memory: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  node: process.versions.node,
  compiler: firstLine('c++', '--version'),
  measuredBy,
});
