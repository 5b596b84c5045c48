/** The programs under test: the command line, the stages in this process, the engine alone; as commands for measure.js. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const OUT = join(root, 'bench/out');
export const BUILD = join(root, 'build/bench');
const ENGINE_BENCH = join(BUILD, 'engine_bench');

/** Configuration for pbfast and Packetbeat alike. */
export const confOf = (protocol) => join(root, 'bench/conf', `${protocol}.yml`);

/** Files of as good as any size: rotation is not what is measured. */
export const FILE_KILOBYTES = 10_000_000;

/** `pbfast read` of a capture with one file as its output, below `folder`. */
export function readCommand(capture, protocol, folder) {
  const set = ['path', folder, 'filename', 'events', 'rotate_every_kb', FILE_KILOBYTES];
  const overrides = [0, 2, 4].flatMap((i) => ['-E', `output.file.${set[i]}=${set[i + 1]}`]);
  return ['node', join(root, 'bin/pbfast.js'), 'read', capture, '-q', '-c', confOf(protocol), ...overrides];
}

/** Runs the command line up to one stage in one process, see stage.js. */
export const stageCommand = (capture, protocol, stage) => [
  'node',
  join(root, 'bench/stage.js'),
  capture,
  confOf(protocol),
  stage,
];

export const engineCommand = (capture, stage, ...more) => [ENGINE_BENCH, capture, '--stage', stage, ...more];

export const shardsCommand = (capture, shards, ...more) => [
  join(BUILD, 'shards_bench'),
  capture,
  '--shards',
  `${shards}`,
  ...more,
];

/** Builds the engine alone; returns why it is absent, or ''. */
export function buildEngineBench(target = 'engine_bench') {
  if (spawnSync('cmake', ['--version']).status !== 0)
    return existsSync(join(BUILD, target)) ? '' : 'cmake is not installed';
  const configure = [
    '-S',
    join(root, 'native'),
    '-B',
    BUILD,
    '-DPBFAST_BENCH=ON',
    '-DCMAKE_BUILD_TYPE=Release',
  ];
  for (const args of [configure, ['--build', BUILD, '--target', target, '-j2']]) {
    const { status, stdout, stderr } = spawnSync('cmake', args, { encoding: 'utf8' });
    if (status !== 0) return `it does not build: ${`${stdout}${stderr}`.trim().slice(-300)}`;
  }
  return existsSync(join(BUILD, target)) ? '' : `native/engine/${target}.cc is not there`;
}

/** An empty folder for one run's output. */
export function freshFolder(name) {
  const folder = join(OUT, 'run', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Lines of the files in a folder whose names end in `ending`. */
export function countLines(folder, ending) {
  let lines = 0;
  for (const name of readdirSync(folder).filter((file) => file.endsWith(ending))) {
    const bytes = readFileSync(join(folder, name));
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  }
  return lines;
}
