import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { uploadFile } from '../../src/upload/upload-file.ts';
import { type Site, startSite } from '../support/site.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const SIZE = 30_000_000;

let site: Site;
let path: string;
let sha256: string;
beforeAll(async () => {
  site = await startSite();
  path = join(site.folder, 'holiday.mp4');
  const bytes = await makeVideo();
  sha256 = createHash('sha256').update(bytes).digest('hex');
  await writeFile(path, bytes);
});
afterAll(() => site[Symbol.asyncDispose]());

/** A playable MP4: what is too much stands in a box that players skip. */
async function makeVideo(): Promise<Buffer> {
  const video = await readFile(new URL('../../../emulator/test/media/pass.mp4', import.meta.url));
  const padding = Buffer.alloc(SIZE - video.length);
  padding.writeUInt32BE(padding.length, 0);
  padding.write('free', 4, 'latin1');
  for (let at = 8; at < padding.length; at += 1) padding[at] = at % 251;
  return Buffer.concat([video, padding]);
}

test('a file is at the server, whole, and progress was told up to its end', async () => {
  const told: number[] = [];
  const id = await uploadFile({
    url: site.url,
    apiKey: site.apiKey,
    path,
    sha256,
    onProgress: (sent, total) => {
      expect(total).toBe(SIZE);
      told.push(sent);
    },
  });
  expect(told.at(-1)).toBe(SIZE);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  expect(await site.api.getMedia({ id })).toMatchObject({
    state: 'ready',
    file_name: 'holiday.mp4',
    size: SIZE,
    sha256,
  });
});

test('what was interrupted goes on where it stood, in another run', async () => {
  const keepIn = join(site.folder, 'kept');
  const stop = new AbortController();
  const reason = new Error('Ctrl-C');
  const first = uploadFile({
    url: site.url,
    apiKey: site.apiKey,
    path,
    keepIn,
    signal: stop.signal,
    onProgress: (sent) => {
      if (sent > 4_000_000) stop.abort(reason);
    },
  });
  await expect(first).rejects.toBe(reason);
  expect(await readdir(keepIn)).toHaveLength(1);
  const begun = (await site.api.listMedia({ state: 'uploading' })).items;
  const told: number[] = [];
  const onProgress = (sent: number) => void told.push(sent);
  const id = await uploadFile({ url: site.url, apiKey: site.apiKey, path, keepIn, onProgress });
  expect(begun.map((media) => media.id)).toContain(id);
  // Not from the begin.
  expect(told[0]).toBeGreaterThan(1_000_000);
  expect(await site.api.getMedia({ id })).toMatchObject({ state: 'ready', sha256 });
  expect(await readdir(keepIn)).toEqual([]);
});

test('an upload that the server has forgotten begins anew', async () => {
  const keepIn = join(site.folder, 'forgotten');
  const stop = new AbortController();
  const first = uploadFile({
    url: site.url,
    apiKey: site.apiKey,
    path,
    keepIn,
    signal: stop.signal,
    onProgress: (sent) => {
      if (sent > 4_000_000) stop.abort();
    },
  });
  await expect(first).rejects.toMatchObject({ name: 'AbortError' });
  for (const { id } of (await site.api.listMedia({ state: 'uploading' })).items) {
    await site.api.deleteMedia({ id });
  }
  const id = await uploadFile({ url: site.url, apiKey: site.apiKey, path, keepIn });
  expect(await site.api.getMedia({ id })).toMatchObject({ state: 'ready', sha256 });
});

test('connections that break on the way are outlasted', async () => {
  await using way = await startBreakingWay(Number(new URL(site.url).port), 8_000_000);
  const id = await uploadFile({
    url: `http://127.0.0.1:${way.port}`,
    apiKey: site.apiKey,
    path,
    retryDelaysMs: [0, 50, 100],
  });
  expect(way.broken()).toBeGreaterThan(2);
  expect(await site.api.getMedia({ id })).toMatchObject({ state: 'ready', sha256 });
});

describe('what cannot be uploaded says why', () => {
  const common = () => ({ url: site.url, apiKey: site.apiKey, retryDelaysMs: [] });

  test('a file that is not there, a folder, an empty file', async () => {
    const folder = join(site.folder, 'folder');
    await mkdir(folder);
    const empty = join(site.folder, 'empty.mp4');
    await writeFile(empty, '');
    for (const [which, words] of [
      [join(site.folder, 'nowhere.mp4'), 'There is no file'],
      [folder, 'is no file'],
      [empty, 'is empty'],
    ] as const) {
      await expect(uploadFile({ ...common(), path: which })).rejects.toThrow(words);
    }
  });

  test('a key that is none', async () => {
    const apiKey = `grk_${'x'.repeat(43)}`;
    await expect(uploadFile({ ...common(), apiKey, path })).rejects.toMatchObject({
      name: 'GreenroomError',
      code: 'unauthenticated',
      problem: { status: 401 },
    });
  });

  test('a server that is not there', async () => {
    const url = 'http://127.0.0.1:9';
    await expect(uploadFile({ ...common(), url, path })).rejects.toMatchObject({
      code: 'no-answer',
    });
  });
});

/** A way to the server on which each connection breaks after so many bytes. */
async function startBreakingWay(port: number, bytes: number) {
  let broken = 0;
  const sockets = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connect(port, '127.0.0.1');
    let left = bytes;
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => void sockets.delete(socket));
    }
    inner.on('data', (piece: Buffer) => {
      left -= piece.length;
      outer.write(piece);
      if (left > 0 || inner.destroyed) return;
      broken += 1;
      inner.destroy();
      outer.destroy();
    });
    outer.pipe(inner);
    inner.on('close', () => outer.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    broken: () => broken,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
