/**
 * Who may use whom (ARCHITECTURE.md), checked against every import and #include, and the size limits of files and
 * functions.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

const NATIVE: Record<string, readonly string[]> = {
  base: [],
  decode: ['base'],
  capture: ['base', 'decode'],
  handoff: ['base'],
  reassembly: ['base'],
  flow: ['base', 'decode', 'handoff'],
  events: ['base', 'flow', 'handoff'],
  engine: ['base', 'capture', 'decode', 'flow', 'handoff', 'reassembly'],
  addon: ['base', 'capture', 'engine', 'events', 'handoff'],
  complexity: ['base', 'decode', 'flow', 'reassembly'],
  fuzz: ['base', 'capture', 'decode', 'engine', 'events', 'flow', 'handoff', 'reassembly'],
};

const LIB: Record<string, readonly string[]> = {
  base: [],
  handoff: ['base'],
  events: ['base', 'handoff'],
  protocols: ['base', 'events', 'handoff'],
  flows: ['base', 'events', 'handoff'],
  processors: ['base', 'events'],
  outputs: ['base', 'events'],
  config: ['base'],
  demo: ['base'],
  app: ['base', 'handoff', 'events', 'protocols', 'flows', 'processors', 'outputs', 'config', 'demo'],
  cli: ['app', 'config', 'base'],
  index: ['app', 'events', 'handoff', 'protocols'],
  plugin: ['base', 'events', 'handoff', 'protocols'],
};

const MAX_FILE_LINES = 400;
/** Tables stand alone and are as long as they are. */
const TABLES = /(codes|_table|types)\.(ts|h)$/;

function files(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

const sources = files('lib', /\.ts$/);
const natives = files('native', /\.(cc|h)$/);
const isTest = (path: string) => /(\.test\.ts|_test\.cc)$/.test(path);

function roomOf(path: string, top: string): string {
  const parts = relative(join(root, top), path).split(sep);
  return parts.length > 1 ? parts[0]! : parts[0]!.replace(/\.ts$/, '');
}

describe('rooms of lib', () => {
  for (const path of sources.filter((p) => !isTest(p))) {
    it(relative(root, path), () => {
      const room = roomOf(path, 'lib');
      const text = readFileSync(path, 'utf8');
      for (const [, target] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
        const used = roomOf(join(dirname(path), target!), 'lib');
        if (used !== room)
          expect(LIB[room], `${room} may not use ${used}`).toContain(used.replace(/\.js$/, ''));
      }
    });
  }

  it('keeps protocols apart', () => {
    for (const path of sources.filter((p) => roomOf(p, 'lib') === 'protocols' && !isTest(p))) {
      const own = relative(join(root, 'lib/protocols'), path).split(sep);
      if (own.length === 1 || own[0] === 'kit') continue;
      for (const [, target] of readFileSync(path, 'utf8').matchAll(/from '(\.[^']+)'/g)) {
        const used = relative(join(root, 'lib/protocols'), join(dirname(path), target!)).split(sep);
        if (used[0] === '..' || used.length === 1) continue;
        expect([own[0], 'kit'], `${relative(root, path)} uses ${target}`).toContain(used[0]);
      }
    }
  });
});

describe('rooms of native', () => {
  for (const path of natives) {
    it(relative(root, path), () => {
      const room = roomOf(path, 'native');
      const allowed = [room, ...(NATIVE[room] ?? [])];
      for (const [, used] of readFileSync(path, 'utf8').matchAll(/#include "([a-z]+)\//g)) {
        expect(allowed, `${room} may not use ${used}`).toContain(used);
      }
    });
  }

  it('includes napi.h in addon only', () => {
    const users = natives.filter((path) => readFileSync(path, 'utf8').includes('<napi.h>'));
    expect(users.map((path) => roomOf(path, 'native')).filter((room) => room !== 'addon')).toEqual([]);
  });
});

describe('sizes', () => {
  it(`keeps files below ${MAX_FILE_LINES} lines`, () => {
    const long = [...sources, ...natives]
      .filter((path) => !TABLES.test(path) && !isTest(path))
      .map((path) => [relative(root, path), readFileSync(path, 'utf8').split('\n').length] as const)
      .filter(([, lines]) => lines > MAX_FILE_LINES);
    expect(long).toEqual([]);
  });
});
