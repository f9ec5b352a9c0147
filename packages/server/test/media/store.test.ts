import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DiskStore } from '../../src/media/store/disk-store.ts';
import { MediaGoneError, type MediaStore } from '../../src/media/store/media-store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Every store there is, each made empty. */
const stores: readonly { name: string; make: () => MediaStore }[] = [
  { name: 'the disk', make: () => new DiskStore(join(folder, 'media')) },
];

async function write(store: MediaStore, id: string, from: number, text: string): Promise<number> {
  const writer = await store.openWriter(id, from);
  for (const letter of text) await writer.write(Buffer.from(letter));
  const safe = await writer.sync();
  await writer.close();
  await writer.close();
  return safe;
}

async function readAll(store: MediaStore, id: string, first: number, last: number) {
  return (await buffer(await store.read(id, { first, last }))).toString();
}

async function listed(store: MediaStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const files of store.list()) ids.push(...files.map(({ id }) => id));
  return ids.toSorted();
}

describe.each(stores)('$name', ({ make }) => {
  test('keeps what is written, and gives any range of it', async () => {
    const store = make();
    const id = randomUUID();
    expect(await write(store, id, 0, 'hello ')).toBe(6);
    expect(await write(store, id, 6, 'world')).toBe(11);
    expect(await readAll(store, id, 0, 10)).toBe('hello world');
    expect(await readAll(store, id, 4, 6)).toBe('o w');
  });

  test('forgets what is behind the byte that writing goes on from', async () => {
    const store = make();
    const id = randomUUID();
    await write(store, id, 0, 'hello there');
    await write(store, id, 6, 'you');
    expect(await readAll(store, id, 0, 100)).toBe('hello you');
    await write(store, id, 0, 'anew');
    expect(await readAll(store, id, 0, 100)).toBe('anew');
  });

  test('does not go on where nothing is', async () => {
    const store = make();
    const id = randomUUID();
    await expect(store.openWriter(id, 1)).rejects.toThrow(MediaGoneError);
    await write(store, id, 0, 'abc');
    await expect(store.openWriter(id, 4)).rejects.toThrow(MediaGoneError);
    await expect(store.openWriter(id, 3).then((writer) => writer.close())).resolves.toBeUndefined();
  });

  test('gives a file to the SDK', async () => {
    const store = make();
    const id = randomUUID();
    await write(store, id, 0, 'video');
    const source = await store.openSource(id);
    expect(source.size).toBe(5);
    const pieces = await source.open({ first: 1, last: 3 }, AbortSignal.timeout(5000));
    expect((await buffer(pieces)).toString()).toBe('ide');
  });

  test('says of what is not there that it is gone', async () => {
    const store = make();
    const id = randomUUID();
    await expect(store.read(id, { first: 0, last: 0 })).rejects.toThrow(MediaGoneError);
    await expect(store.openSource(id)).rejects.toThrow(MediaGoneError);
    await expect(store.remove(id)).resolves.toBeUndefined();
  });

  test('lists every file but what was removed', async () => {
    const store = make();
    expect(await listed(store)).toEqual([]);
    const ids = Array.from({ length: 20 }, () => randomUUID());
    for (const id of ids) await write(store, id, 0, 'x');
    const [first = '', ...rest] = ids;
    await store.remove(first);
    expect(await listed(store)).toEqual(rest.toSorted());
  });

  test('is the installation’s that came first', async () => {
    const store = make();
    const [one, other] = [randomUUID(), randomUUID()];
    await write(store, randomUUID(), 0, 'x');
    expect(await store.claim(one)).toBe(true);
    expect(await store.claim(one)).toBe(true);
    expect(await store.claim(other)).toBe(false);
  });

  test('takes no id that is a path', async () => {
    const store = make();
    for (const id of ['../../etc/passwd', 'a/b', '', '00000000-0000-4000-8000-00000000000g']) {
      await expect(async () => store.openWriter(id, 0)).rejects.toThrow(RangeError);
      await expect(async () => store.remove(id)).rejects.toThrow(RangeError);
    }
  });

  test('knows how much room there is', async () => {
    expect(await make().freeBytes()).toBeGreaterThan(1_000_000);
  });
});

test('files on the disk are their owner’s alone', async () => {
  const store = new DiskStore(join(folder, 'media'));
  const id = randomUUID();
  await write(store, id, 0, 'x');
  const modes = await Promise.all(
    [join(folder, 'media'), join(folder, 'media', id.slice(0, 2)), store.locate(id)].map(
      async (path) => ((await stat(path)).mode & 0o777).toString(8),
    ),
  );
  expect(modes).toEqual(['700', '700', '600']);
});

test('what else lies in the folder on the disk is left alone', async () => {
  const store = new DiskStore(join(folder, 'media'));
  const id = randomUUID();
  await write(store, id, 0, 'x');
  await writeFile(join(folder, 'media', 'README.txt'), 'mine');
  await writeFile(join(folder, 'media', id.slice(0, 2), 'notes'), 'mine');
  expect(await listed(store)).toEqual([id]);
});
