import { chmod, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { borrowEngine } from '../../src/db/engine/borrow-engine.ts';
import { startEngine } from '../../src/db/engine/engine.ts';
import { EngineInUseError } from '../../src/db/engine/engine-error.ts';
import { lockFolder } from '../../src/db/engine/folder-lock.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import { spawnEngine } from './engine-process.ts';
import { expectEnd, isAlive, temporaryFolder } from './folders.ts';

// Databases are made, killed and recovered here: a machine that does other things too takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

test("refuses a second server on one folder, with the first one's process id", async () => {
  await using folder = await temporaryFolder();
  await using first = spawnEngine({ dataFolder: folder.path });
  const { url } = await first.started();
  await expect(startEngine({ dataFolder: folder.path })).rejects.toMatchObject({
    code: 'in_use',
    ownerPid: first.pid,
    message: expect.stringContaining(`process ${first.pid} on `),
  });
  expect(await askAsOwner(url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('refuses a second server of the same process too', async () => {
  await using folder = await temporaryFolder();
  await using _first = await startEngine({ dataFolder: folder.path });
  await expect(startEngine({ dataFolder: folder.path })).rejects.toMatchObject({
    ownerPid: process.pid,
  });
});

test('gives a new folder to exactly one of five that start at the same time', async () => {
  await using folder = await temporaryFolder();
  await using stack = new AsyncDisposableStack();
  const all = Array.from({ length: 5 }, () => stack.use(spawnEngine({ dataFolder: folder.path })));
  const outcomes = await Promise.all(
    all.map((one) =>
      Promise.any([one.started().then(() => 'started'), one.failed().then(() => 'failed')]),
    ),
  );
  expect(outcomes.toSorted()).toEqual(['failed', 'failed', 'failed', 'failed', 'started']);
  const winner = all[outcomes.indexOf('started')];
  for (const loser of all.filter((one) => one !== winner)) {
    expect(await loser.failed()).toMatchObject({ code: 'in_use' });
  }
});

test('is free again the moment its holder is killed, and after a release', async () => {
  await using folder = await temporaryFolder();
  await using holder = spawnEngine({ dataFolder: folder.path });
  await holder.started();
  await holder.kill('SIGKILL');
  const lock = await lockFolder(folder.path);
  await expect(lockFolder(folder.path)).rejects.toBeInstanceOf(EngineInUseError);
  await lock.release();
  await lock.release();
  await (await lockFolder(folder.path)).release();
});

test('refuses without a process id where that could not be written', async () => {
  await using folder = await temporaryFolder();
  const lock = await lockFolder(folder.path);
  await rm(join(folder.path, 'server.pid'));
  await expect(lockFolder(folder.path)).rejects.toMatchObject({
    ownerPid: undefined,
    message: expect.stringContaining('another process'),
  });
  await lock.release();
});

test('lends a running database to a command, and leaves it running', async () => {
  await using folder = await temporaryFolder();
  await using owner = spawnEngine({ dataFolder: folder.path });
  const { pid, url } = await owner.started();
  const borrowed = await borrowEngine({ dataFolder: folder.path });
  expect(borrowed).toMatchObject({ url, ownerPid: owner.pid });
  expect(await askAsOwner(borrowed.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await borrowed[Symbol.asyncDispose]();
  expect(await isAlive(pid)).toBe(true);
});

test('lends the database of a server that is only just starting', async () => {
  await using folder = await temporaryFolder();
  await (await startEngine({ dataFolder: folder.path })).stop();
  await using owner = spawnEngine({ dataFolder: folder.path });
  await owner.at('starting');
  await using borrowed = await borrowEngine({ dataFolder: folder.path });
  expect(await askAsOwner(borrowed.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(borrowed.ownerPid).toBe(owner.pid);
});

test('starts a database that is down for a command, and stops it again', async () => {
  await using folder = await temporaryFolder();
  await (await startEngine({ dataFolder: folder.path })).stop();
  const borrowed = await borrowEngine({ dataFolder: folder.path });
  const [row] = await askAsOwner<{ pid: number }>(borrowed.url, 'select pg_backend_pid() as pid');
  expect(borrowed.ownerPid).toBeUndefined();
  await borrowed[Symbol.asyncDispose]();
  await expectEnd(row?.pid ?? 0);
  await (await lockFolder(folder.path)).release();
});

test('lends nothing, and makes nothing, where there is no database', async () => {
  await using folder = await temporaryFolder();
  const dataFolder = join(folder.path, 'data');
  await expect(borrowEngine({ dataFolder })).rejects.toMatchObject({ code: 'missing' });
  await expect(stat(dataFolder)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('lets no other user hold the lock, or read who has it', async () => {
  await using folder = await temporaryFolder();
  await chmod(folder.path, 0o755);
  const mask = process.umask(0o022);
  try {
    const lock = await lockFolder(folder.path);
    for (const name of ['lock', 'server.pid']) {
      expect((await stat(join(folder.path, name))).mode & 0o777, name).toBe(0o600);
    }
    await lock.release();
  } finally {
    process.umask(mask);
  }
});
