import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, afterEach, expect, test } from 'vitest';
import { TemporaryFiles } from '../../src/storage/files.ts';
import type { IncomingFile } from '../../src/storage/incoming-file.ts';
import { MediaStore } from '../../src/storage/media-store.ts';

const files = new TemporaryFiles();
const store = new MediaStore(() => files.newPath());
afterEach(() => store.clear());
afterAll(() => files.close());

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function append(file: IncomingFile, bytes: Buffer, step = 65_536): Promise<void> {
  for (let at = 0; at < bytes.length; at += step) await file.write(bytes.subarray(at, at + step));
}

async function keep(bytes: Buffer): Promise<string> {
  const file = store.open();
  file.begin();
  await append(file, bytes);
  await file.commit();
  return (await store.keep(file)).sha256;
}

const pathOf = (hash: string): string => store.findPath(hash) ?? 'nowhere';

test.each([0, 1, 1024 * 1024, 5_000_123])('%i bytes are kept as they came', async (size) => {
  const bytes = Buffer.alloc(size, 'greenroom');
  const hash = await keep(bytes);
  expect(hash).toBe(sha256(bytes));
  expect((await readFile(pathOf(hash))).equals(bytes)).toBe(true);
});

test('a chunk that was taken back leaves nothing, wherever it was cut', async () => {
  const size = fc.integer({ min: 0, max: 2_500_000 });
  const steps = fc.array(fc.record({ size, isCut: fc.boolean() }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1_000, max: 900_000 }), async (chunks, step) => {
      const file = store.open();
      const whole: Buffer[] = [];
      for (const [index, chunk] of chunks.entries()) {
        const bytes = Buffer.alloc(chunk.size, `chunk ${index}`);
        file.begin();
        await append(file, bytes, step);
        if (chunk.isCut) await file.rollback();
        else {
          await file.commit();
          whole.push(bytes);
        }
        expect(file.bytes).toBe(file.committedBytes);
      }
      const expected = Buffer.concat(whole);
      const received = await store.keep(file);
      expect(received).toMatchObject({ sha256: sha256(expected), bytes: expected.length });
      expect((await readFile(pathOf(received.sha256))).equals(expected)).toBe(true);
      await store.release(received.sha256);
    }),
    { numRuns: 40 },
  );
});

test('equal bytes are kept once, until the last holder lets go', async () => {
  const bytes = Buffer.alloc(3_000_000, 'same');
  const [first, second] = await Promise.all([keep(bytes), keep(bytes)]);
  expect(second).toBe(first);
  const path = pathOf(first);
  await store.release(first);
  expect(existsSync(path)).toBe(true);
  await store.release(first);
  expect(existsSync(path)).toBe(false);
  expect(store.findPath(first)).toBeUndefined();
});

test('a small file that ends together with its equal is kept once too', async () => {
  const bytes = Buffer.from('small');
  const [first] = await Promise.all([keep(bytes), keep(bytes), keep(bytes)]);
  const path = pathOf(first);
  for (let holder = 0; holder < 2; holder += 1) await store.release(first);
  expect(await readFile(path, 'utf8')).toBe('small');
  await store.release(first);
  expect(existsSync(path)).toBe(false);
});

test('a discarded file is gone', async () => {
  const file = store.open();
  file.begin();
  await append(file, Buffer.alloc(3_000_000));
  await file.discard();
  await file.discard();
  expect(existsSync(file.path)).toBe(false);
});

test('clearing removes what is kept', async () => {
  const hash = await keep(Buffer.from('x'));
  const path = pathOf(hash);
  expect(store.list()).toEqual([hash]);
  await store.clear();
  expect(existsSync(path)).toBe(false);
  expect(store.list()).toEqual([]);
});
