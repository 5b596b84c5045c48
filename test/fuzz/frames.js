/**
 * Frames of captures as inputs of native/fuzz/decode_fuzz.cc, one a file: `node test/fuzz/frames.js FOLDER CAPTURES`.
 * The first bytes choose its link type (kLinks there) and the length on the wire.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, captures] = process.argv.slice(2);
const LINKS = [1, 0, 108, 113, 276, 101, 12, 229];
const MAX_FRAMES = 40; // of a capture

function* frames(file) {
  const big = file.readUInt32BE(0) === 0xa1b2c3d4 || file.readUInt32BE(0) === 0xa1b23c4d;
  const u32 = (at) => (big ? file.readUInt32BE(at) : file.readUInt32LE(at));
  if (u32(0) !== 0xa1b2c3d4 && u32(0) !== 0xa1b23c4d) return;
  const link = LINKS.indexOf(u32(20) & 0xffff);
  for (let at = 24, i = 0; at + 16 <= file.length && i < MAX_FRAMES && link >= 0; i++) {
    const size = u32(at + 8);
    const frame = file.subarray(at + 16, at + 16 + size);
    yield Buffer.concat([Buffer.from([link, 2, 0, 0]), frame]);
    at += 16 + size;
  }
}

mkdirSync(folder, { recursive: true });
let count = 0;
for (const path of readdirSync(captures, { recursive: true })) {
  if (!/\.p?cap$/.test(path)) continue;
  for (const frame of frames(readFileSync(join(captures, path)))) {
    writeFileSync(join(folder, String(count++)), frame);
  }
}
