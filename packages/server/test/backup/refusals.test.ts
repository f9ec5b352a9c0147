import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { backup } from '../../src/backup/backup.ts';
import { restore } from '../../src/backup/restore.ts';
import { migrations } from '../../src/db/migrations/migrations.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { fillDatabase, readAll, run } from './engines.ts';

// Databases are made, killed and recovered here: a machine that does other things too takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let source: TestDatabase;
let target: TestDatabase;
let folder: string;
let file: string;
let text: string;

const empty = () => createTestDatabase({ isEmpty: true });

beforeAll(async () => {
  source = await empty();
  await fillDatabase(source.url);
  folder = await mkdtemp(join(tmpdir(), 'greenroom-backup-'));
  await backup({ url: source.url, file: join(folder, 'good.backup') });
  text = gunzipSync(await readFile(join(folder, 'good.backup'))).toString('latin1');
});
afterAll(async () => {
  await source.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  target = await empty();
  file = join(folder, 'bad.backup');
});
afterEach(async () => {
  await target.close();
  await rm(file, { force: true });
});

/** A change of the text that a backup is made of. */
const change = (from: string | RegExp, to: string) => (whole: string) => {
  const changed = whole.replace(from, to);
  expect(changed).not.toBe(whole);
  return changed;
};

test.each([
  { what: 'a changed value', damage: change(/(\{"table":"public.api_keys"\}\n.)./, '$1x') },
  { what: 'a row less', damage: change(/(\{"table":"public.members"\}\n)[^\n]*\n/, '$1') },
  { what: 'a row twice', damage: change(/(\{"table":"public.activity"\}\n)([^\n]*\n)/, '$1$2$2') },
  { what: 'another header', damage: change(/"created_at":"20/, '"created_at":"21') },
  { what: 'a table that is not ours', damage: change('"public.accounts"', '"public.pg_x"') },
  {
    what: 'a statement for a name',
    damage: change('"name":"public.accounts"', '"name":"public.a; drop table members"'),
  },
  { what: 'no manifest', damage: change(/\{"manifest".*\n/, '') },
  { what: 'more behind its end', damage: (whole: string) => `${whole}{}\n` },
  { what: 'its end missing', damage: (whole: string) => whole.slice(0, whole.length / 2) },
  {
    what: 'a value of another type',
    damage: change(/(\{"table":"public.webhook_events"\}\n)[^\t]*/, '$1not-a-uuid'),
  },
])('restores nothing of a backup with $what', async ({ damage }) => {
  await writeFile(file, gzipSync(Buffer.from(damage(text), 'latin1')));
  await expect(restore({ url: target.url, file })).rejects.toMatchObject({
    code: 'damaged',
    message: expect.stringContaining('Nothing was restored'),
  });
  await expectNoRows();
});

test('restores nothing of a file that was cut short, and the whole one afterwards', async () => {
  const good = await readFile(join(folder, 'good.backup'));
  await writeFile(file, good.subarray(0, good.length - 30));
  await expect(restore({ url: target.url, file })).rejects.toMatchObject({ code: 'damaged' });
  await expectNoRows();
  await restore({ url: target.url, file: join(folder, 'good.backup') });
  expect((await readAll(target.url)).get('members')).toEqual(
    (await readAll(source.url)).get('members'),
  );
});

test.each([
  { what: 'a video', content: Buffer.from('ftypisom'.repeat(100)) },
  { what: 'an empty file', content: Buffer.alloc(0) },
  { what: 'another gzip', content: gzipSync('{"format":"tar"}\n') },
  { what: 'text in a gzip', content: gzipSync('hello\n') },
])('says that $what is no backup', async ({ content }) => {
  await writeFile(file, content);
  await expect(restore({ url: target.url, file })).rejects.toMatchObject({
    code: 'not_a_backup',
    message: expect.stringContaining('greenroom backup'),
  });
});

test('says that there is no file', async () => {
  await expect(restore({ url: target.url, file })).rejects.toMatchObject({
    code: 'not_a_backup',
    message: `There is no file ${file}.`,
  });
});

test.each([
  {
    what: 'a newer version',
    damage: change(`"schema":[`, `"schema":[{"number":1,"checksum":"x"},`),
    code: 'newer',
  },
  {
    what: 'another edition',
    damage: change(/"checksum":"..../, '"checksum":"0000'),
    code: 'newer',
  },
  { what: 'a newer form', damage: change('"version":1', '"version":2'), code: 'newer' },
])('refuses a backup of $what before it touches the database', async ({ damage, code }) => {
  await writeFile(file, gzipSync(Buffer.from(damage(text), 'latin1')));
  await expect(restore({ url: target.url, file })).rejects.toMatchObject({ code });
  expect(await tablesOf(target.url)).toEqual([]);
});

test('refuses a database that holds something, ours or not, and changes nothing in it', async () => {
  const good = join(folder, 'good.backup');
  await run(target.url, 'create table notes as select 1 as note');
  await expect(restore({ url: target.url, file: good })).rejects.toMatchObject({
    code: 'not_empty',
    message: expect.stringContaining('public.notes'),
  });
  expect(await tablesOf(target.url)).toEqual(['notes']);

  const before = await readAll(source.url);
  await expect(restore({ url: source.url, file: good })).rejects.toMatchObject({
    code: 'not_empty',
  });
  expect(await readAll(source.url)).toEqual(before);
});

test('says of a file that cannot be written or read what is the matter with the file', async () => {
  const nowhere = join(folder, 'no', 'such', 'folder', 'x.backup');
  await expect(backup({ url: source.url, file: nowhere })).rejects.toMatchObject({
    code: 'file_unusable',
    message: expect.stringContaining(`${nowhere} cannot be written: its folder does not exist`),
  });
  const inFile = join(folder, 'good.backup', 'x.backup');
  await expect(backup({ url: source.url, file: inFile })).rejects.toMatchObject({
    code: 'file_unusable',
    message: expect.stringContaining('ENOTDIR'),
  });
  await expect(restore({ url: target.url, file: folder })).rejects.toMatchObject({
    code: 'file_unusable',
    message: expect.stringContaining('EISDIR'),
  });
});

test('refuses to take the place of a file', async () => {
  await writeFile(file, 'years of work');
  await expect(backup({ url: source.url, file })).rejects.toMatchObject({
    code: 'file_exists',
    message: expect.stringContaining(file),
  });
  expect(await readFile(file, 'utf8')).toBe('years of work');
});

test('refuses to take the place of a file that appears while it writes', async () => {
  const onProgress = () => void writeFile(file, 'faster');
  await expect(backup({ url: source.url, file, onProgress })).rejects.toMatchObject({
    code: 'file_exists',
  });
  expect(await readFile(file, 'utf8')).toBe('faster');
  expect((await readdir(folder)).toSorted()).toEqual(['bad.backup', 'good.backup']);
});

test('refuses a database that is not one of Greenroom, or of a newer one', async () => {
  await expect(backup({ url: target.url, file })).rejects.toMatchObject({ code: 'unknown_schema' });
  const older = { migrations: migrations.slice(0, 5) };
  await expect(backup({ url: source.url, file, ...older })).rejects.toMatchObject({
    code: 'schema_newer',
  });
  await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('leaves no file when it is ended', async () => {
  const stop = new AbortController();
  const onProgress = () => stop.abort();
  const { signal } = stop;
  await expect(backup({ url: source.url, file, onProgress, signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(await readdir(folder)).toEqual(['good.backup']);
});

test('leaves an empty database when it is ended', async () => {
  const stop = new AbortController();
  await expect(
    restore({
      url: target.url,
      file: join(folder, 'good.backup'),
      onProgress: ({ number, tables }) => number === tables && stop.abort(),
      signal: stop.signal,
    }),
  ).rejects.toMatchObject({ name: 'AbortError' });
  await expectNoRows();
});

test('says that the database is away', async () => {
  const url = 'postgres://greenroom@127.0.0.1:1/greenroom';
  await expect(backup({ url, file })).rejects.toMatchObject({ code: 'unavailable' });
  const good = join(folder, 'good.backup');
  await expect(restore({ url, file: good })).rejects.toMatchObject({ code: 'unavailable' });
});

async function expectNoRows(): Promise<void> {
  const rows = new Map(await readAll(target.url));
  rows.delete('schema_migrations');
  rows.delete('installation');
  expect([...rows.values()].flat()).toEqual([]);
}

async function tablesOf(url: string): Promise<string[]> {
  const { rows } = await run(
    url,
    `select tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  return rows.map(({ tablename }) => tablename);
}
