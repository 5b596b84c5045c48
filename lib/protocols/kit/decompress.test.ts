import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decompress, MAX_UNPACKED } from './decompress.js';

const TEXT = 'abcabcabcabcabcabcabcabcabcabc';
const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();
/** TEXT, packed by the tools of each format. */
const PACKED = {
  zlib: new Uint8Array(deflateSync(TEXT)),
  lz4: hex('3f616263 0300 03 50 6263616263'),
  snappy: hex('1e 08 616263 6a 0300'),
  zstd: hex('28b52ffd 201e 4d0000 18 616263 0100866e08'),
};

describe('decompress', () => {
  it.each(['zlib', 'lz4', 'snappy', 'zstd'] as const)('unpacks %s from within a buffer', (kind) => {
    const packed = PACKED[kind];
    const around = new Uint8Array(packed.length + 4);
    around.set(packed, 2);
    expect(text(decompress(kind, around, 2, 2 + packed.length, TEXT.length))).toBe(TEXT);
  });

  it.each(['zlib', 'lz4', 'snappy', 'zstd'] as const)('refuses %s that is cut or broken', (kind) => {
    const packed = PACKED[kind];
    for (let size = 0; size < packed.length; size++) {
      const got = text(decompress(kind, packed, 0, size, TEXT.length));
      expect(got === undefined || (kind === 'lz4' && TEXT.startsWith(got))).toBe(true);
    }
    expect(decompress(kind, hex('ffffffffffffffff'), 0, 8)).toBeUndefined();
  });

  it('refuses what would be larger than the limit', () => {
    const bomb = new Uint8Array(deflateSync(Buffer.alloc(MAX_UNPACKED + 1)));
    expect(decompress('zlib', bomb, 0, bomb.length)).toBeUndefined();
    expect(decompress('zlib', PACKED.zlib, 0, PACKED.zlib.length, TEXT.length - 1)).toBeUndefined();
    expect(decompress('lz4', PACKED.lz4, 0, PACKED.lz4.length, MAX_UNPACKED + 1)).toBeUndefined();
  });
});
