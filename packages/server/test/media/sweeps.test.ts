import { randomUUID } from 'node:crypto';
import { utimes, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inWorkspace } from '../../src/db/database.ts';
import { openVideoSource } from '../../src/media/open-video-source.ts';
import { createMediaUrls } from '../../src/media/serving/media-urls.ts';
import { MediaGoneError } from '../../src/media/store/media-store.ts';
import { deleteOldMediaUrls, sweepOrphans, sweepUnchecked } from '../../src/media/sweep-media.ts';
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

/** As if its process had died between the last byte and the verdict. */
async function forgetVerdict(id: string): Promise<void> {
  await world.rows(
    `update media set state = 'checking', sha256 = null, media_type = null, container = null,
       ready_at = null, received_at = app_now() where id = $1`,
    [id],
  );
}

test('a file that nobody came to look into is looked into, digest and all', async () => {
  const id = await uploadPass();
  await forgetVerdict(id);
  expect(await sweepUnchecked(world.services, { limit: 10, signal })).toBe(0);
  await world.moveClocks(61);
  expect(await sweepUnchecked(world.services, { limit: 10, signal })).toBe(1);
  expect(await world.workspace.api.getMedia({ id })).toMatchObject({
    state: 'ready',
    container: 'mp4',
    sha256: digestOf(await readMediaFile('pass.mp4')),
  });
});

test('one whose bytes are gone is refused with words', async () => {
  const id = await uploadPass();
  await forgetVerdict(id);
  await world.services.media.store.remove(id);
  await world.moveClocks(61);
  await sweepUnchecked(world.services, { limit: 10, signal });
  expect(await world.workspace.api.getMedia({ id })).toMatchObject({
    state: 'refused',
    reason: { code: 'bytes_gone' },
  });
});

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
  const outside = await openVideoSource(services, { workspaceId: workspace.id }, id);
  const inside = await inWorkspace(services.database, workspace.id, (tx) =>
    openVideoSource(services, tx, id),
  );
  for (const source of [outside, inside]) {
    expect(source).toMatchObject({ size: bytes.length, fingerprint: digestOf(bytes) });
  }
  const other = await world.addWorkspace();
  const foreign = openVideoSource(services, { workspaceId: other.id }, id);
  await expect(foreign).rejects.toThrow(MediaGoneError);
  await services.media.store.remove(id);
  const gone = openVideoSource(services, { workspaceId: workspace.id }, id);
  await expect(gone).rejects.toThrow(MediaGoneError);
});

test('media of a post that has not gone out stays, and of one that has, its row', async () => {
  const id = await uploadPass();
  const [account, post] = [randomUUID(), randomUUID()];
  await world.rows(
    `insert into accounts (id, workspace_id, app_id, open_id, scopes, scopes_asked, state)
     select $1, $2, id, 'someone', '{}', '{}', 'connected' from tiktok_apps limit 1`,
    [account, world.workspace.id],
  );
  await world.rows(
    `insert into posts (id, workspace_id, account_id, state, media_type, post_mode, created_by_kind, created_by_id)
     values ($1, $2, $3, 'scheduled', 'VIDEO', 'DIRECT_POST', 'system', 'test')`,
    [post, world.workspace.id, account],
  );
  await world.rows(
    'insert into post_media (post_id, workspace_id, position, media_id) values ($1, $2, 0, $3)',
    [post, world.workspace.id, id],
  );
  const { api } = world.workspace;
  await expect(api.deleteMedia({ id })).rejects.toMatchObject({ code: 'media-in-use' });
  await world.rows("update posts set state = 'published' where id = $1", [post]);
  await api.deleteMedia({ id });
  await expect(api.getMedia({ id })).rejects.toMatchObject({ code: 'not-found' });
  expect(await world.rows('select id from media where id = $1', [id])).toHaveLength(1);
});
