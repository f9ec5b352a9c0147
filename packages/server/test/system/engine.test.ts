import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { findBinaries } from '../../src/db/engine/binaries.ts';
import { startEngine } from '../../src/db/engine/engine.ts';
import { giveTo } from '../../src/db/engine/server-user.ts';
import { type SpawnOptions, spawnEngine } from '../engine/engine-process.ts';
import { stopLeftOver, temporaryFolder } from '../engine/folders.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';

// What only root may set up: users, mounts, a disk of its own. CI runs as root in a container.

const NOBODY = { uid: 65_534, gid: 65_534 };

test('runs as another user than root, without a user `postgres` on the machine', async () => {
  await using folder = await temporaryFolder();
  const passwd = join(folder.path, 'passwd');
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n');
  await writeFile(passwd, users.filter((line) => !line.startsWith('postgres:')).join('\n'));
  const dataFolder = join(folder.path, 'data');
  await using child = spawnEngine({ dataFolder }, inMounts(`mount --bind ${passwd} /etc/passwd`));
  const { url, pid } = await child.started();
  expect(await askAsOwner(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect((await stat(`/proc/${pid}`)).uid).toBe(NOBODY.uid);
});

test('says what to do where there is no user to run it as', async () => {
  await using folder = await temporaryFolder();
  const passwd = join(folder.path, 'passwd');
  await writeFile(passwd, 'root:x:0:0:root:/root:/bin/sh\n');
  // Without the users that systemd makes up.
  const nsswitch = join(folder.path, 'nsswitch.conf');
  await writeFile(nsswitch, 'passwd: files\n');
  const dataFolder = join(folder.path, 'data');
  const mounts = `mount --bind ${passwd} /etc/passwd; mount --bind ${nsswitch} /etc/nsswitch.conf`;
  await using child = spawnEngine({ dataFolder }, inMounts(mounts));
  expect(await child.failed()).toMatchObject({
    code: 'no_access',
    message: expect.stringContaining('useradd --system greenroom'),
  });
});

test('runs where data folder and node_modules lie below a home of mode 0700, and keeps keys out of reach', async () => {
  expect((await stat(homedir())).mode & 0o077).toBe(0);
  await using folder = await temporaryFolder(homedir());
  const native = await copyPackage(folder.path);
  const dataFolder = join(folder.path, 'data');
  await mkdir(dataFolder, { mode: 0o700 });
  const cache = 'mount -t tmpfs -o mode=0755 none /var/cache';
  await using child = spawnEngine({ dataFolder, native }, inMounts(cache));
  const { url, pid } = await child.started();
  expect(await askAsOwner(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  const { uid } = await stat(`/proc/${pid}`);
  expect(uid).not.toBe(0);
  expect((await stat(dataFolder)).mode & 0o077).toBe(0);
  expect((await stat(join(dataFolder, 'postgres', 'owner-password'))).uid).toBe(0);
  child.says('stop');
  await child.ended();
});

test('runs with its own copy where links are missing and node_modules is read-only', async () => {
  await using folder = await temporaryFolder();
  const native = await copyPackage(folder.path);
  await removeLinks(native);
  await giveTo(NOBODY, folder.path);
  const dataFolder = join(folder.path, 'data');
  await mkdir(dataFolder, { mode: 0o700 });
  await chown(dataFolder, NOBODY.uid, NOBODY.gid);
  await chown(join(folder.path, 'package', 'native', 'lib'), 0, 0);
  await using child = spawnEngine({ dataFolder, native }, { ...NOBODY, ...cacheIn(folder.path) });
  const { url, pid } = await child.started();
  expect(await askAsOwner(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect((await stat(`/proc/${pid}`)).uid).toBe(NOBODY.uid);
  expect(await readdir(join(folder.path, 'cache', 'greenroom'))).toHaveLength(1);
  child.says('stop');
  await child.ended();
});

test('adopts and stops in order as an ordinary user', async () => {
  await using folder = await temporaryFolder();
  await giveTo(NOBODY, folder.path);
  const dataFolder = join(folder.path, 'data');
  // As people give it: relative to where they are.
  const here = { dataFolder: relative('/', dataFolder) };
  await using killed = spawnEngine(here, NOBODY);
  const left = await killed.started();
  await killed.kill('SIGKILL');
  await using child = spawnEngine(here, NOBODY);
  expect(await child.started()).toMatchObject({ wasAdopted: true, pid: left.pid });
  child.says('stop');
  await child.ended();
  await expect(stat(join(dataFolder, 'postgres/cluster/postmaster.pid'))).rejects.toThrow('ENOENT');
});

test('refuses a folder of another user in words', async () => {
  await using folder = await temporaryFolder();
  await chmod(folder.path, 0o755);
  await (await startEngine({ dataFolder: join(folder.path, 'data') })).stop();
  await using child = spawnEngine({ dataFolder: join(folder.path, 'data') }, NOBODY);
  expect(await child.failed()).toMatchObject({
    code: 'no_access',
    message: expect.stringMatching(/as the user that the folder belongs to/),
  });
});

test('takes a database that root copied', async () => {
  await using folder = await temporaryFolder();
  const [from, to] = [join(folder.path, 'from'), join(folder.path, 'to')];
  const first = await startEngine({ dataFolder: from });
  await askAsOwner(first.url, 'create table kept as select 7 as value');
  await first.stop();
  await cp(from, to, { recursive: true });
  expect((await stat(join(to, 'postgres', 'cluster'))).uid).toBe(0);
  await using engine = await startEngine({ dataFolder: to });
  expect(await askAsOwner(engine.url, 'select value from kept')).toEqual([{ value: 7 }]);
});

test('refuses a second server from another container on the same folder', async () => {
  await using folder = await temporaryFolder();
  await using first = spawnEngine({ dataFolder: folder.path });
  await first.started();
  const container = ['unshare', '--pid', '--fork', '--mount-proc', '--ipc'];
  await using second = spawnEngine({ dataFolder: folder.path }, { via: container });
  expect(await second.failed()).toMatchObject({ code: 'in_use', ownerPid: first.pid });
});

test.each(['1m', '20m', '30m'])(
  'tells of a disk of %s, too small for a new database, leaves nothing, and starts when there is room',
  async (size) => {
    await using disk = await smallDisk(size);
    const dataFolder = join(disk.path, 'data');
    await expect(startEngine({ dataFolder })).rejects.toMatchObject({
      code: 'disk_full',
      message: expect.stringContaining('free some space'),
    });
    expect((await readdir(dataFolder)).filter((name) => name !== 'lock')).toEqual([]);
    await disk.resize('200m');
    await using engine = await startEngine({ dataFolder });
    expect(await askAsOwner(engine.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  },
);

test('loses nothing on a disk that fills up while it runs, and goes on by itself when there is room', async () => {
  await using disk = await smallDisk('150m');
  const dataFolder = join(disk.path, 'data');
  await using engine = await startEngine({ dataFolder });
  await askAsOwner(engine.url, 'create table kept (value int, filling text)');
  await askAsOwner(engine.url, `insert into kept values (0, '')`);
  const insert = `insert into kept select 1, repeat(md5(random()::text), 20) from generate_series(1, 5000)`;
  let committed = 0;
  const fill = async (): Promise<never> => {
    for (;;) {
      await askAsOwner(engine.url, insert);
      committed += 5000;
    }
  };
  // Refused, or cut off by a server that had no room for its own log.
  await expect(fill()).rejects.toMatchObject({ code: expect.stringMatching(/^(53100|57P0.)$/) });
  expect(committed).toBeGreaterThan(0);

  await disk.resize('400m');
  const count = `select count(*)::int - 1 as committed from kept`;
  await expect
    .poll(() => askAsOwner(engine.url, count).catch(() => []), { timeout: 30_000 })
    .toEqual([{ committed }]);
  await askAsOwner(engine.url, insert);
});

test('tells of a full disk at a start, destroys nothing, and has every row when there is room', async () => {
  await using disk = await smallDisk('150m');
  const dataFolder = join(disk.path, 'data');
  const first = await startEngine({ dataFolder });
  await askAsOwner(first.url, 'create table kept as select generate_series(1, 1000) as value');
  await first.stop();
  const ballast = join(disk.path, 'ballast');
  await writeFile(ballast, Buffer.alloc(200_000_000)).catch(() => undefined);

  await expect(startEngine({ dataFolder })).rejects.toMatchObject({ code: 'disk_full' });
  await rm(ballast);
  await using engine = await startEngine({ dataFolder });
  expect(await askAsOwner(engine.url, 'select count(*)::int from kept')).toEqual([{ count: 1000 }]);
});

/** Starts a process with mounts that only it sees. */
function inMounts(commands: string): SpawnOptions {
  const script = `set -e; ${commands}; exec "$@"`;
  return { via: ['unshare', '--mount', 'sh', '-c', script, 'sh'] };
}

function cacheIn(folder: string): SpawnOptions {
  return { via: ['env', `XDG_CACHE_HOME=${join(folder, 'cache')}`] };
}

async function copyPackage(folder: string): Promise<string> {
  const native = join(folder, 'package', 'native');
  await mkdir(native, { recursive: true });
  await cp(findBinaries(), native, { recursive: true, verbatimSymlinks: true });
  await cp(join(findBinaries(), '..', 'package.json'), join(native, '..', 'package.json'));
  return native;
}

async function removeLinks(native: string): Promise<void> {
  for (const entry of await readdir(join(native, 'lib'), { withFileTypes: true })) {
    if (entry.isSymbolicLink()) await rm(join(native, 'lib', entry.name));
  }
}

/** A disk of its own, of a size that can be changed. */
async function smallDisk(size: string) {
  const folder = await temporaryFolder();
  await run('mount', '-t', 'tmpfs', '-o', `size=${size},mode=0755`, 'greenroom-test', folder.path);
  return {
    path: folder.path,
    resize: (newSize: string) => run('mount', '-o', `remount,size=${newSize}`, folder.path),
    [Symbol.asyncDispose]: async () => {
      await stopLeftOver(join(folder.path, 'data'));
      await run('umount', folder.path);
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function run(command: string, ...args: string[]): Promise<void> {
  await promisify(execFile)(command, args);
}
