import { execFile } from 'node:child_process';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createClient } from '@greenroom/contract';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { startThrowAwayEngine } from '../../src/db/engine/throw-away-engine.ts';
import { createLog } from '../../src/logging/log.ts';
import { startServer } from '../../src/runtime/start-server.ts';
import { makeVideo } from '../media/support/files.ts';
import { beginUpload, createUpload, digestOf, idOf, sendBytes, tus } from '../media/support/tus.ts';
import { makeOwnerKey, testEnvironment } from '../support/test-server.ts';

// Only root may mount a disk of its own. CI runs as root in a container.

test('a full disk is told clearly, loses nothing, and the upload goes on once there is room', async () => {
  await using disk = await smallDisk('16m');
  await using server = await startOn(disk.path);
  // What is announced has no room: refused before a byte is sent.
  expect(await createUpload(server, 20_000_000)).toMatchObject({
    status: 507,
    code: 'storage-full',
  });

  // Two that each have room, and together have none.
  const [first, second] = [await makeVideo(9_000_000), await makeVideo(10_000_000)];
  const firstPath = await beginUpload(server, first.length);
  const secondPath = await beginUpload(server, second.length);
  expect((await sendBytes(server, firstPath, 0, new Uint8Array(first))).status).toBe(204);
  const full = await sendBytes(server, secondPath, 0, new Uint8Array(second));
  expect(full).toMatchObject({ status: 507, code: 'storage-full' });
  expect(full.headers.get('retry-after')).toBe('60');
  const { offset = -1 } = await tus(server, 'HEAD', secondPath);
  expect(offset).toBeGreaterThan(5_000_000);
  expect(await server.api.getMedia({ id: idOf(firstPath) })).toMatchObject({ state: 'ready' });

  // Nothing else suffers: the API answers, and still full is still told.
  expect(
    (await sendBytes(server, secondPath, offset, new Uint8Array(second.subarray(offset)))).status,
  ).toBe(507);

  await disk.resize('64m');
  const { offset: at = 0 } = await tus(server, 'HEAD', secondPath);
  const rest = await sendBytes(server, secondPath, at, new Uint8Array(second.subarray(at)));
  expect(rest.status).toBe(204);
  expect(await server.api.getMedia({ id: idOf(secondPath) })).toMatchObject({
    state: 'ready',
    sha256: digestOf(second),
  });
}, 60_000);

test('a disk that fills up is left with some room for the database', async () => {
  await using disk = await smallDisk('512m');
  await using server = await startOn(disk.path);
  const piece = new Uint8Array(1_000_000);
  const path = await beginUpload(server, 500_000_000);
  // Another one takes most of the disk meanwhile.
  await run('fallocate', '-l', '480m', join(disk.path, 'other'));
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(piece),
  });
  const answer = await sendBytes(server, path, 0, stream);
  expect(answer).toMatchObject({ status: 507, code: 'storage-full' });
  const { bavail, bsize } = await statfs(disk.path);
  expect(bavail * bsize).toBeGreaterThan(1_000_000);
}, 60_000);

/** A server whose media are on this disk, on a database of its own. */
async function startOn(folder: string) {
  const stack = new AsyncDisposableStack();
  const engine = stack.use(await startThrowAwayEngine());
  const env = { ...testEnvironment(engine.url), GREENROOM_MEDIA_FOLDER: folder };
  const log = createLog({ destination: { write: () => undefined } });
  const { url } = stack.use(await startServer(readConfig(env), { log }));
  const { apiKey } = await makeOwnerKey(engine.url);
  return {
    url,
    apiKey,
    api: createClient({ baseUrl: url, apiKey }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function smallDisk(size: string) {
  const path = await mkdtemp(join(tmpdir(), 'greenroom-media-'));
  await run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'greenroom-test', path);
  return {
    path,
    resize: (newSize: string) => run('mount', '-o', `remount,size=${newSize}`, path),
    [Symbol.asyncDispose]: async () => {
      await run('umount', path);
      await rm(path, { recursive: true });
    },
  };
}

async function run(command: string, ...args: string[]): Promise<void> {
  await promisify(execFile)(command, args);
}
