import { randomUUID } from 'node:crypto';
import { utimes, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inWorkspace } from '../../src/db/database.ts';
import { getMediaFacts } from '../../src/media/media-facts.ts';
import { createMediaUrls } from '../../src/media/serving/media-urls.ts';
import { MediaGoneError } from '../../src/media/store/media-store.ts';
import { deleteOldMediaUrls, sweepOrphans } from '../../src/media/sweep-media.ts';
import { openVideo } from '../../src/publishing/attempt/upload-state.ts';
import { startWorld, type World } from '../accounts/support/world.ts';
import { readMediaFile } from './support/files.ts';
import { digestOf, upload } from './support/tus.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const signal = new AbortController().signal;

async function uploadPass(): Promise<string> {
  const bytes = new Uint8Array(await readMediaFile('pass.mp4'));
  return upload({ url: world.url, apiKey: world.workspace.apiKey }, bytes);
}

test('orphans go once they are old, and nothing else does', async () => {
  const { store } = world.services.media;
  const kept = await uploadPass();
  const [young, old] = [randomUUID(), randomUUID()];
  for (const id of [young, old]) {
    const writer = await store.openWriter(id, 0);
    await writer.write(Buffer.from('orphan'));
    await writer.close();
  }
  const longAgo = new Date(Date.now() - 49 * 3_600_000);
  await utimes(store.locate(old), longAgo, longAgo);
  await utimes(store.locate(kept), longAgo, longAgo);
  expect(await sweepOrphans(world.services, { signal })).toBe(1);
  const left: string[] = [];
  for await (const files of store.list()) left.push(...files.map(({ id }) => id));
  expect(left).toContain(kept);
  expect(left).toContain(young);
  expect(left).not.toContain(old);
});

test('in a folder of another installation nothing is an orphan', async () => {
  await using own = await startWorld();
  const { store } = own.services.media;
  const writer = await store.openWriter(randomUUID(), 0);
  await writer.close();
  await writeFile(`${own.services.config.mediaFolder}/installation`, `${randomUUID()}\n`);
  const now = Date.now() + 100 * 3_600_000;
  expect(await sweepOrphans(own.services, { signal, now })).toBe(0);
  await writeFile(
    `${own.services.config.mediaFolder}/installation`,
    `${(await own.rows<{ id: string }>('select id from installation'))[0]?.id}\n`,
  );
  expect(await sweepOrphans(own.services, { signal, now })).toBe(1);
});

test('addresses are forgotten a month after they expired', async () => {
  const id = await uploadPass();
  const { services, workspace } = world;
  await inWorkspace(services.database, workspace.id, (tx) =>
    createMediaUrls(services, tx, {
      attemptId: randomUUID(),
      mediaIds: [id],
      expiresAt: new Date(services.clock.now().getTime() + 3_600_000),
    }),
  );
  await world.moveClocks(30 * 86_400);
  expect(await deleteOldMediaUrls(services, { limit: 10 })).toBe(0);
  await world.moveClocks(3601);
  expect(await deleteOldMediaUrls(services, { limit: 10 })).toBe(1);
});

test('a video is opened for the SDK by its digest, in a transaction or out of one', async () => {
  const id = await uploadPass();
  const { services, workspace } = world;
  const bytes = await readMediaFile('pass.mp4');
  const open = async (workspaceId: string) => {
    const [facts] = await inWorkspace(services.database, workspaceId, (tx) =>
      getMediaFacts(tx, [id]),
    );
    return (await openVideo(services, id, facts)).source;
  };
  expect(await open(workspace.id)).toMatchObject({
    size: bytes.length,
    fingerprint: digestOf(bytes),
  });
  const other = await world.addWorkspace();
  await expect(open(other.id)).rejects.toThrow(MediaGoneError);
  await services.media.store.remove(id);
  await expect(open(workspace.id)).rejects.toThrow(MediaGoneError);
});
