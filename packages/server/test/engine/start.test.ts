import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { findBinaries } from '../../src/db/engine/binaries.ts';
import { type EngineStep, startEngine } from '../../src/db/engine/engine.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import { digestOf, expectEnd, temporaryFolder } from './folders.ts';

// Databases are made, killed and recovered here: a machine that does other things too takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

test('makes a database in an empty folder, stops it in order, and has the rows at the next start', async () => {
  await using folder = await temporaryFolder();
  const dataFolder = join(folder.path, 'data');
  const steps: EngineStep[] = [];
  const onStep = (step: EngineStep) => steps.push(step);
  const first = await startEngine({ dataFolder, onStep });
  await askAsOwner(first.url, 'create table kept as select 7 as value');
  await first.stop();
  await first.stop();
  await expectEnd(first.pid);

  await using second = await startEngine({ dataFolder, onStep });
  expect(await askAsOwner(second.url, 'select value from kept')).toEqual([{ value: 7 }]);
  expect(steps).toEqual(['creating', 'starting', 'ready', 'starting', 'ready']);
  expect(second).toMatchObject({ wasAdopted: false, url: first.url });
  expect(second.version).toMatch(/^18\.\d+$/);
});

test('syncs every commit, whatever the files of the cluster say', async () => {
  await using folder = await temporaryFolder();
  await (await startEngine({ dataFolder: folder.path })).stop();
  const path = join(folder.path, 'postgres', 'cluster', 'postgresql.auto.conf');
  await writeFile(path, 'fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n');
  await using engine = await startEngine({ dataFolder: folder.path });
  const names = `('fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums')`;
  const settings = await askAsOwner(
    engine.url,
    `select distinct setting from pg_settings where name in ${names}`,
  );
  expect(settings).toEqual([{ setting: 'on' }]);
});

test('lets nobody in but the owner, by a random password in a file of mode 0600', async () => {
  await using folder = await temporaryFolder();
  await using engine = await startEngine({ dataFolder: folder.path });
  const path = join(folder.path, 'postgres', 'owner-password');
  const password = (await readFile(path, 'utf8')).trim();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(password).toMatch(/^[\w-]{43}$/);
  expect(new URL(engine.url).password).toBe(password);

  const rights = 'select rolsuper, rolbypassrls from pg_roles where rolname = current_user';
  expect(await askAsOwner(engine.url, rights)).toEqual([{ rolsuper: false, rolbypassrls: false }]);
  const without = engine.url.replace(password, 'wrong');
  await expect(askAsOwner(without, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  const superuser = engine.url.replace('//greenroom:', '//postgres:');
  await expect(askAsOwner(superuser, 'select 1')).rejects.toMatchObject({ code: '28000' });
  const methods = await readFile(join(folder.path, 'postgres/cluster/pg_hba.conf'), 'utf8');
  const lines = methods.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(
    lines.every(
      (line) =>
        line.endsWith(' greenroom scram-sha-256') || line.endsWith('127.0.0.1/32 scram-sha-256'),
    ),
  ).toBe(true);
});

test('listens on a socket that only its own user may open, and on no port', async () => {
  await using folder = await temporaryFolder();
  await using engine = await startEngine({ dataFolder: folder.path });
  expect(decodeURIComponent(new URL(engine.url).hostname)).toBe(join(folder.path, 'postgres/run'));
  expect(await askAsOwner(engine.url, 'show listen_addresses')).toEqual([{ listen_addresses: '' }]);
  expect((await stat(join(folder.path, 'postgres/run'))).mode & 0o777).toBe(0o700);
});

test('listens on loopback where the path is too long for a socket', async () => {
  await using folder = await temporaryFolder();
  const dataFolder = join(folder.path, 'a-folder-of-a-long-name'.repeat(5));
  await using engine = await startEngine({ dataFolder });
  expect(new URL(engine.url).hostname).toBe('127.0.0.1');
  const address = 'select host(inet_server_addr()) as host';
  expect(await askAsOwner(engine.url, address)).toEqual([{ host: '127.0.0.1' }]);
});

test('keeps errors, statements and rows out of its log', async () => {
  await using folder = await temporaryFolder();
  await using engine = await startEngine({ dataFolder: folder.path });
  await askAsOwner(engine.url, 'create table secrets (value text primary key)');
  await askAsOwner(engine.url, `insert into secrets values ('canary')`);
  await expect(askAsOwner(engine.url, `insert into secrets values ('canary')`)).rejects.toThrow();
  await expect(askAsOwner(engine.url, `select 'canary' from nowhere`)).rejects.toThrow();
  const log = await readFile(join(folder.path, 'postgres/server.log'), 'utf8');
  expect(log).toContain('ready to accept connections');
  expect(log).not.toContain('canary');
});

test('refuses the data of another major version, and leaves it as it is', async () => {
  await using folder = await temporaryFolder();
  const old = { dataFolder: folder.path, native: findBinaries('postgres15-') };
  const first = await startEngine(old);
  await askAsOwner(first.url, 'create table kept as select 15 as value');
  await first.stop();
  const before = await digestOf(join(folder.path, 'postgres'));

  await expect(startEngine({ dataFolder: folder.path })).rejects.toMatchObject({
    code: 'other_version',
    message: expect.stringMatching(/written by PostgreSQL 15, .* brings 18.*greenroom backup/),
  });
  expect(await digestOf(join(folder.path, 'postgres'))).toBe(before);
  await using again = await startEngine(old);
  expect(await askAsOwner(again.url, 'select value from kept')).toEqual([{ value: 15 }]);
});

test('touches nothing in a folder that holds something else', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'postgres'));
  await writeFile(join(folder.path, 'postgres', 'thesis.txt'), 'years of work');
  await expect(startEngine({ dataFolder: folder.path })).rejects.toMatchObject({
    code: 'not_ours',
    message: expect.stringContaining('GREENROOM_DATA'),
  });
  const kept = await readFile(join(folder.path, 'postgres', 'thesis.txt'), 'utf8');
  expect(kept).toBe('years of work');
});

test('says what its programs failed for, and removes what they had begun', async () => {
  await using folder = await temporaryFolder();
  const native = join(folder.path, 'package', 'native');
  await mkdir(join(native, 'bin'), { recursive: true });
  await writeFile(join(folder.path, 'package', 'package.json'), '{"version": "18.4.0"}');
  const words = 'postgres: error while loading shared libraries: libicuuc.so.60: cannot open';
  await writeFile(join(native, 'bin', 'initdb'), `#!/bin/sh\necho '${words}' >&2\nexit 127\n`);
  await chmod(join(native, 'bin', 'initdb'), 0o755);
  await chmod(folder.path, 0o755);
  const dataFolder = join(folder.path, 'data');
  await expect(startEngine({ dataFolder, native })).rejects.toMatchObject({
    code: 'cannot_run',
    message: expect.stringMatching(/DATABASE_URL.*\n.*libicuuc/),
  });
  await using engine = await startEngine({ dataFolder });
  expect(await askAsOwner(engine.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});
