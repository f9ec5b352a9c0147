import { spawn } from 'node:child_process';
import { renameSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { startEngine } from '../../src/db/engine/engine.ts';
import { lockFolder } from '../../src/db/engine/folder-lock.ts';
import { layoutOf } from '../../src/db/engine/layout.ts';
import { type Start, startPostmaster, stopPostmaster } from '../../src/db/engine/postmaster.ts';
import { runProgram } from '../../src/db/engine/programs.ts';
import { superviseEngine } from '../../src/db/engine/running-engine.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import { spawnEngine } from './engine-process.ts';
import { expectEnd, temporaryFolder, testRunner } from './folders.ts';

// Databases are made, killed and recovered here: a machine that does other things too takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

test('notices a server that ends at once, however soon that is', async () => {
  await using folder = await temporaryFolder();
  const { runner, start } = await endingAtOnce(folder.path);
  for (let attempt = 0; attempt < 60; attempt += 1) {
    await expect(startPostmaster(start)).rejects.toMatchObject({ code: 'not_started' });
    const run = { program: 'initdb', folder: folder.path, args: () => [] } as const;
    expect(await runProgram(runner, run)).toEqual({ code: 1, output: '' });
  }
});

test('keeps the server that it started, though nobody can connect for a while', async () => {
  await using folder = await temporaryFolder();
  await using engine = await startEngine({ dataFolder: folder.path });
  const hostAccess = join(folder.path, 'postgres', 'cluster', 'pg_hba.conf');
  const allowed = await readFile(hostAccess, 'utf8');
  await writeFile(hostAccess, 'local all all reject\n');
  const { pid } = engine;
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => engine.pid, { timeout: 20_000 }).not.toBe(pid);
  expect(await pidInFile(folder.path)).toBe(engine.pid);

  await writeFile(hostAccess, allowed);
  process.kill(engine.pid, 'SIGHUP');
  await expect
    .poll(() => askAsOwner(engine.url, 'select 1 as one').catch(() => undefined))
    .toEqual([{ one: 1 }]);
  await engine.stop();
  await expectEnd(engine.pid);
});

test('takes over again the living server whose folder was out of sight for a while', async () => {
  await using folder = await temporaryFolder();
  await using killed = spawnEngine({ dataFolder: folder.path });
  const { pid } = await killed.started();
  await killed.kill('SIGKILL');
  const steps: string[] = [];
  await using engine = await startEngine({
    dataFolder: folder.path,
    onStep: (step) => steps.push(step),
  });
  const place = join(folder.path, 'postgres');
  await rename(place, `${place}.away`);
  await expect.poll(() => steps, { timeout: 20_000 }).toContain('restarting');
  await rename(`${place}.away`, place);

  await expect.poll(() => steps.slice(2), { timeout: 20_000 }).toContain('adopting');
  // It was never taken for a dead one, whose lock file and socket may go.
  expect(steps).not.toContain('recovering');
  expect(await askAsOwner(engine.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(engine.pid).toBe(pid);
  expect(await pidInFile(folder.path)).toBe(pid);
});

test('starts no second server when the living one comes into sight as it is about to', async () => {
  await using folder = await temporaryFolder();
  await using killed = spawnEngine({ dataFolder: folder.path });
  const { pid } = await killed.started();
  await killed.kill('SIGKILL');
  const place = join(folder.path, 'postgres');
  const steps: string[] = [];
  await using engine = await startEngine({
    dataFolder: folder.path,
    onStep: (step) => {
      steps.push(step);
      if (step === 'starting') renameSync(`${place}.away`, place);
    },
  });
  await rename(place, `${place}.away`);

  await expect.poll(() => steps.slice(2), { timeout: 20_000 }).toContain('adopting');
  expect(steps.slice(2)).toEqual(['restarting', 'starting', 'adopting']);
  expect(await askAsOwner(engine.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(engine.pid).toBe(pid);
  expect(await pidInFile(folder.path)).toBe(pid);
});

test('sends no signal to a process that has the number of a server that ended', async () => {
  await using folder = await temporaryFolder();
  await (await startEngine({ dataFolder: folder.path })).stop();
  const { start } = await endingAtOnce(folder.path);
  const stranger = spawn('sh', ['-c', STRANGER], { stdio: ['pipe', 'pipe', 'ignore'] });
  const said = createInterface({ input: stranger.stdout })[Symbol.asyncIterator]();
  expect(await said.next()).toMatchObject({ value: 'up' });
  const pid = stranger.pid ?? 0;
  try {
    await stopPostmaster(start.runner, start.layout, pid);

    const before = process.listeners('exit');
    const engine = superviseEngine({
      start,
      postmaster: { pid, ended: Promise.resolve() },
      wasAdopted: false,
      lock: await lockFolder(folder.path),
      restart: () => startPostmaster(start),
      onRestart: () => undefined,
    });
    // The end of the server is noticed before any timer.
    await sleep(0);
    for (const listener of process.listeners('exit')) {
      if (!before.includes(listener)) listener(0);
    }
    await engine.stop();
    stranger.stdin.write('asked\n');
    expect(await said.next()).toMatchObject({ value: 'asked' });
  } finally {
    stranger.kill('SIGKILL');
  }
});

/** Tells each signal before it answers: those sent earlier come first. */
const STRANGER = `trap 'echo INT' INT; trap 'echo QUIT' QUIT; echo up; while read -r line; do echo "$line"; done`;

/** A package of PostgreSQL whose programs end at once. */
async function endingAtOnce(folder: string): Promise<{ runner: Start['runner']; start: Start }> {
  const { binaries, user } = await testRunner();
  const native = join(folder, 'native');
  await mkdir(join(native, 'bin'), { recursive: true });
  await mkdir(join(folder, 'postgres', 'cluster'), { recursive: true });
  await chmod(folder, 0o755);
  for (const name of ['initdb', 'postgres']) await symlink('/bin/false', join(native, 'bin', name));
  const runner = { user, binaries: { ...binaries, folder: native } };
  const layout = layoutOf(join(folder, 'postgres'));
  const address = { socketFolder: layout.run, port: 5432 };
  return { runner, start: { runner, layout, address, url: '', settings: {} } };
}

async function pidInFile(dataFolder: string): Promise<number> {
  const path = join(dataFolder, 'postgres', 'cluster', 'postmaster.pid');
  return Number((await readFile(path, 'utf8')).split('\n')[0]);
}
