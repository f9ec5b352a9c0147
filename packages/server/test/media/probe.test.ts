import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ByteReader } from '../../src/media/probe/byte-reader.ts';
import { MediaProber, ProbeFailedError } from '../../src/media/probe/media-prober.ts';
import { mediaFile, readMediaFile } from './support/files.ts';

let folder: string;
let prober: MediaProber;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-probe-'));
  prober = new MediaProber();
});
afterAll(async () => {
  await prober.close();
  await rm(folder, { recursive: true, force: true });
});

const pathOf = (name: string) => fileURLToPath(mediaFile(name));

async function probeBytes(bytes: Uint8Array, by = prober) {
  const path = join(folder, 'hostile');
  await writeFile(path, bytes);
  return by.probe(path);
}

const video = { mediaType: 'VIDEO', container: 'mp4', codec: 'h264' } as const;

describe('what a file is', () => {
  test.each([
    ['pass.mp4', { ...video, durationMs: 1000, frameRate: 30, width: 360, height: 640 }],
    ['pass-with-sound.mp4', { ...video, width: 360, height: 640 }],
    ['pass-moov-last.mp4', { ...video, width: 360, height: 640 }],
    ['pass-fragmented.mp4', { ...video, width: 360, height: 640 }],
    ['pass.mov', { ...video, container: 'mov' }],
    ['pass-h265.mp4', { ...video, codec: 'h265' }],
    ['pass-vp8.webm', { ...video, container: 'webm', codec: 'vp8' }],
    ['pass-vp9.webm', { ...video, container: 'webm', codec: 'vp9' }],
    ['codec-av1.mp4', { ...video, codec: 'av1' }],
    ['codec-mpeg4-part-2.mp4', { ...video, codec: 'mp4v' }],
    ['duration-60.mp4', { ...video, durationMs: 60_000 }],
    ['frame-rate-60.webm', { container: 'webm', frameRate: 60 }],
    ['picture-rotated.mp4', { ...video }],
    ['picture-4096x360.mp4', { ...video, width: 4096, height: 360 }],
    ['photo-1080x1350.jpg', { mediaType: 'PHOTO', container: 'jpeg', width: 1080, height: 1350 }],
    ['photo-1350x1081.jpg', { mediaType: 'PHOTO', container: 'jpeg', width: 1350, height: 1081 }],
    ['photo-1080x1350.webp', { mediaType: 'PHOTO', container: 'webp', width: 1080, height: 1350 }],
    ['photo-lossless.webp', { mediaType: 'PHOTO', container: 'webp' }],
  ])('%s', async (name, file) => {
    const verdict = await prober.probe(pathOf(name));
    expect(verdict).toMatchObject({ file });
  });

  test.each([
    ['web-page.mp4', 'not_media'],
    ['container-avi.avi', 'not_media'],
    ['container-matroska.mkv', 'not_media'],
    ['photo-1080x1350.png', 'not_media'],
    ['photo-1080x1350.gif', 'not_media'],
    ['no-picture.mp4', 'unreadable'],
    ['photo-corrupt.jpg', 'truncated'],
    ['truncated.mp4', 'truncated'],
    ['truncated-moov-last.mp4', 'truncated'],
    ['truncated.webm', 'truncated'],
    ['photo-truncated.jpg', 'truncated'],
    ['photo-truncated.webp', 'truncated'],
  ])('%s is refused: %s', async (name, refusal) => {
    expect(await prober.probe(pathOf(name))).toEqual({ refusal });
  });

  test('a WebP of the extended form has the size of its canvas', async () => {
    const bytes = Buffer.alloc(30);
    bytes.write('RIFF', 0, 'latin1');
    bytes.writeUInt32LE(22, 4);
    bytes.write('WEBPVP8X', 8, 'latin1');
    bytes.writeUInt32LE(10, 16);
    bytes.writeUIntLE(1079, 24, 3);
    bytes.writeUIntLE(70_000, 27, 3);
    expect(await probeBytes(bytes)).toMatchObject({ file: { width: 1080, height: 70_001 } });
  });
});

describe('a hostile file', () => {
  test('of every length of an honest one is refused or read, and the next one is read', async () => {
    for (const name of ['pass.mp4', 'pass-vp9.webm', 'photo-lossless.webp']) {
      const bytes = await readMediaFile(name);
      for (let length = 0; length < bytes.length; length += 61) {
        expect(await probeBytes(bytes.subarray(0, length))).toHaveProperty('refusal');
      }
    }
    expect(await prober.probe(pathOf('pass.mp4'))).toHaveProperty('file');
  });

  test('with any bytes changed gets a verdict, and the next one is read', async () => {
    const originals = await Promise.all(
      ['pass.mp4', 'pass-fragmented.mp4', 'pass-vp8.webm', 'photo-1080x1350.jpg'].map(
        readMediaFile,
      ),
    );
    const change = fc.record({ at: fc.nat(4000), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(change, { minLength: 1, maxLength: 12 }),
        async (original, changes) => {
          const bytes = Buffer.from(original);
          for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
          const verdict = await probeBytes(bytes);
          expect('file' in verdict || 'refusal' in verdict).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
    expect(await prober.probe(pathOf('pass.mp4'))).toHaveProperty('file');
  }, 60_000);

  test('whose header promises the moon fills no memory', async () => {
    const bytes = Buffer.from(await readMediaFile('pass.mp4'));
    const moov = bytes.indexOf('moov');
    // Every table of the index claims four thousand million entries.
    for (const table of ['stsz', 'stts', 'stsc', 'stco']) {
      const at = bytes.indexOf(table, moov);
      if (at !== -1) bytes.writeUInt32BE(0xffff_ffff, at + 8 + (table === 'stsz' ? 4 : 0));
    }
    const before = process.memoryUsage().rss;
    expect(await probeBytes(bytes)).toHaveProperty('refusal');
    expect(process.memoryUsage().rss - before).toBeLessThan(700e6);
    expect(await prober.probe(pathOf('pass.mp4'))).toHaveProperty('file');
  }, 30_000);

  test('of boxes in boxes without end is refused', async () => {
    const depth = 20_000;
    const bytes = Buffer.alloc(depth * 8 + 16);
    bytes.writeUInt32BE(16, 0);
    bytes.write('ftypisom', 4, 'latin1');
    for (let level = 0; level < depth; level += 1) {
      const at = 16 + level * 8;
      bytes.writeUInt32BE(bytes.length - at, at);
      bytes.write(level === 0 ? 'moov' : 'trak', at + 4, 'latin1');
    }
    expect(await probeBytes(bytes)).toHaveProperty('refusal');
  });

  test('of gigabytes of nothing is not looked through', async () => {
    const path = join(folder, 'sparse.jpg');
    await writeFile(path, await readMediaFile('photo-1080x1350.jpg'));
    await truncate(path, 3_900_000_000);
    expect(await prober.probe(path)).toEqual({ refusal: 'probe_limit' });
  });

  test('that would be read for hours ends its thread, and the next file is read', async () => {
    const impatient = new MediaProber({ timeoutMs: 500 });
    try {
      const bytes = Buffer.from(await readMediaFile('pass.mp4'));
      // Four thousand million times, the parser steps through this one entry.
      bytes.writeUInt32BE(0xffff_ffff, bytes.indexOf('stsc') + 16);
      const begun = performance.now();
      expect(await probeBytes(bytes, impatient)).toEqual({ refusal: 'probe_limit' });
      expect(performance.now() - begun).toBeGreaterThan(900);
      expect(await impatient.probe(pathOf('photo-1080x1350.jpg'))).toHaveProperty('file');
    } finally {
      await impatient.close();
    }
  });

  test.each(['stsz', 'stts', 'stsc', 'ctts', 'elst', 'mvhd', 'mdhd'])(
    'whose %s says anything gets a verdict that a row can hold',
    async (table) => {
      const original = await readMediaFile('pass.mp4');
      const at = original.indexOf(table);
      const quick = new MediaProber({ timeoutMs: 400 });
      try {
        for (const offset of [8, 12, 16]) {
          const bytes = Buffer.from(original);
          bytes.writeUInt32BE(0xffff_ffff, at + offset);
          const verdict = await probeBytes(bytes, quick);
          const figures = 'file' in verdict ? Object.values(verdict.file) : [];
          const numbers = figures.filter((figure) => typeof figure === 'number');
          expect(numbers.every((figure) => figure >= 0 && figure < 1e12)).toBe(true);
        }
      } finally {
        await quick.close();
      }
    },
    30_000,
  );

  test('that takes too much memory ends its thread, and nothing else', async () => {
    // So little that the parser itself does not fit.
    const small = new MediaProber({ heapMiB: 4 });
    try {
      expect(await small.probe(pathOf('pass.mp4'))).toEqual({ refusal: 'probe_limit' });
    } finally {
      await small.close();
    }
  });
});

test('a file that is not there gets no verdict: that is not its fault', async () => {
  await expect(prober.probe(join(folder, 'nowhere'))).rejects.toThrow(ProbeFailedError);
});

test('nor does one that the disk does not give', async () => {
  // A folder can be opened, and fails at the first read.
  await expect(prober.probe(folder)).rejects.toThrow(ProbeFailedError);
});

test('a place that is none is the fault of the file, and not of the disk', async () => {
  await using reader = await ByteReader.open(pathOf('pass.mp4'));
  await expect(reader.read(-5, 3)).rejects.toThrow(RangeError);
  expect(reader.diskError).toBeUndefined();
});

test('a closed prober gives no verdict either', async () => {
  const closed = new MediaProber();
  const asked = closed.probe(pathOf('pass.mp4'));
  await closed.close();
  await expect(asked).rejects.toThrow(ProbeFailedError);
  await expect(closed.probe(pathOf('pass.mp4'))).rejects.toThrow(ProbeFailedError);
});
