import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { type EngineStep, startEngine } from '../../src/db/engine/engine.ts';
import { layoutOf } from '../../src/db/engine/layout.ts';
import { stopByProgram } from '../../src/db/engine/postmaster.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import { spawnEngine } from './engine-process.ts';
import { expectEnd, isAlive, temporaryFolder, testRunner } from './folders.ts';

// Databases are made, killed and recovered here: a machine that does other things too takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

test.each([
  { where: 'a socket', name: 'data' },
  { where: 'loopback', name: 'a-folder-of-a-long-name'.repeat(5) },
])('adopts the server on $where that a killed process left running', async ({ name }) => {
  await using folder = await temporaryFolder();
  const dataFolder = join(folder.path, name);
  await using killed = spawnEngine({ dataFolder });
  const left = await killed.started();
  await askAsOwner(left.url, 'create table kept as select 7 as value');
  await killed.kill('SIGKILL');
  expect(await isAlive(left.pid)).toBe(true);

  await using engine = await startEngine({ dataFolder });
  expect(engine).toMatchObject({ wasAdopted: true, pid: left.pid, url: left.url });
  expect(await askAsOwner(engine.url, 'select value from kept')).toEqual([{ value: 7 }]);
  await engine.stop();
  await expectEnd(left.pid);
});

test('starts a server anew that a killed process left running with other settings', async () => {
  await using folder = await temporaryFolder();
  await using killed = spawnEngine({ dataFolder: folder.path, maxConnections: 20 });
  const left = await killed.started();
  await killed.kill('SIGKILL');
  await using engine = await startEngine({ dataFolder: folder.path, maxConnections: 30 });
  expect(engine).toMatchObject({ wasAdopted: false, url: left.url });
  expect(await askAsOwner(engine.url, 'show max_connections')).toEqual([{ max_connections: '30' }]);
  await expectEnd(left.pid);
});

test('recovers what was committed when process and server were both killed', async () => {
  await using folder = await temporaryFolder();
  await using killed = spawnEngine({ dataFolder: folder.path });
  const { url, pid } = await killed.started();
  await askAsOwner(url, 'create table kept as select generate_series(1, 1000) as value');
  await killed.kill('SIGKILL');
  process.kill(pid, 'SIGKILL');

  const steps: EngineStep[] = [];
  await using engine = await startEngine({
    dataFolder: folder.path,
    onStep: (step) => steps.push(step),
  });
  expect(await askAsOwner(engine.url, 'select count(*)::int from kept')).toEqual([{ count: 1000 }]);
  expect(engine.wasAdopted).toBe(false);
  expect(steps).toEqual(['recovering', 'ready']);
});

test.each([0, 100, 300, 450])(
  'starts on a folder whose first start was killed after %i ms',
  async (delayMs) => {
    await using folder = await temporaryFolder();
    await using killed = spawnEngine({ dataFolder: folder.path });
    await killed.at('creating');
    // Where the kill lands is the case, not a condition that is waited for.
    await sleep(delayMs);
    await killed.kill('SIGKILL');
    await using engine = await startEngine({ dataFolder: folder.path });
    expect(await askAsOwner(engine.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await engine.stop();
    await (await startEngine({ dataFolder: folder.path })).stop();
    expect((await readdir(folder.path)).toSorted()).toEqual(['lock', 'postgres']);
  },
);

test('starts the server again when it is killed, at the same address', async () => {
  await using folder = await temporaryFolder();
  const steps: EngineStep[] = [];
  await using engine = await startEngine({
    dataFolder: folder.path,
    onStep: (step) => steps.push(step),
  });
  await askAsOwner(engine.url, 'create table kept as select 7 as value');
  for (const round of [1, 2]) {
    const { pid } = engine;
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => engine.pid, { timeout: 60_000 }).not.toBe(pid);
    expect(await askAsOwner(engine.url, 'select value from kept')).toEqual([{ value: 7 }]);
    expect(steps.filter((step) => step === 'restarting')).toHaveLength(round);
  }
});

test('starts an adopted server again when it is killed', async () => {
  await using folder = await temporaryFolder();
  await using killed = spawnEngine({ dataFolder: folder.path });
  const { pid } = await killed.started();
  await killed.kill('SIGKILL');
  await using engine = await startEngine({ dataFolder: folder.path });
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => engine.pid, { timeout: 60_000 }).not.toBe(pid);
  expect(await askAsOwner(engine.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('starts although the number of a dead server belongs to another process now', async () => {
  await using folder = await temporaryFolder();
  const first = await startEngine({ dataFolder: folder.path });
  const cluster = join(folder.path, 'postgres', 'cluster');
  const path = join(cluster, 'postmaster.pid');
  const [, ...lines] = (await readFile(path, 'utf8')).split('\n');
  await first.stop();
  const { uid, gid } = await stat(cluster);
  // Of the server's own user: PostgreSQL alone would refuse to start.
  const other = spawn('sleep', ['60'], { ...(process.getuid?.() === 0 && { uid, gid }) });
  await once(other, 'spawn');
  try {
    await writeFile(path, [other.pid, ...lines].join('\n'));
    await using engine = await startEngine({ dataFolder: folder.path });
    expect(await askAsOwner(engine.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await isAlive(other.pid ?? 0)).toBe(true);
  } finally {
    other.kill();
  }
});

test('ends its server when its process ends without having stopped it', async () => {
  await using folder = await temporaryFolder();
  await using leaving = spawnEngine({ dataFolder: folder.path });
  const { pid } = await leaving.started();
  leaving.says('exit');
  await leaving.ended();
  await expectEnd(pid);
  const steps: EngineStep[] = [];
  await using engine = await startEngine({
    dataFolder: folder.path,
    onStep: (step) => steps.push(step),
  });
  expect(steps).toEqual(['starting', 'ready']);
  expect(engine.wasAdopted).toBe(false);
});

test('keeps its server through a Ctrl-C in the terminal, so that its process can end in order', async () => {
  await using folder = await temporaryFolder();
  await using running = spawnEngine({ dataFolder: folder.path });
  const { url, pid } = await running.started();
  await running.kill('SIGINT', 'group');
  await expect.poll(() => running.has('interrupted')).toBe(true);
  expect(await askAsOwner(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  running.says('stop');
  await running.ended();
  // Once, and by us: not by the signal, after which it would have been started again.
  const log = await readFile(join(folder.path, 'postgres', 'server.log'), 'utf8');
  expect(log.match(/received \w+ shutdown request/g)).toEqual(['received fast shutdown request']);
  await expectEnd(pid);
});

test('is stopped in order by the program that Windows needs for it, which has no signals', async () => {
  await using folder = await temporaryFolder();
  await using left = spawnEngine({ dataFolder: folder.path });
  const { pid } = await left.started();
  await left.kill('SIGKILL');
  await stopByProgram(await testRunner(), layoutOf(join(folder.path, 'postgres')), 'fast');
  await expectEnd(pid);
  const steps: EngineStep[] = [];
  await using _engine = await startEngine({
    dataFolder: folder.path,
    onStep: (step) => steps.push(step),
  });
  expect(steps).toEqual(['starting', 'ready']);
});

test('a throw-away engine leaves neither server nor folder, also when its process is killed', async () => {
  await using killed = spawnEngine('throw-away');
  const { url, pid } = await killed.started();
  const folder = resolve(decodeURIComponent(new URL(url).hostname), '../..');
  expect((await stat(folder)).isDirectory()).toBe(true);
  await killed.kill('SIGKILL');
  await expectEnd(pid);
  await expect.poll(() => stat(folder).catch((error) => error.code)).toBe('ENOENT');
});
