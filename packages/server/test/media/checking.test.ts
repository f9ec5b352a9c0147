import { mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Services } from '../../src/http/services.ts';
import { sweepUnchecked } from '../../src/media/sweep-media.ts';
import { finishUpload } from '../../src/media/upload/finish-upload.ts';
import { startWorld, type World } from '../accounts/support/world.ts';
import { readMediaFile } from './support/files.ts';
import { digestOf, upload } from './support/tus.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

/** A file whose process died between the last byte and the verdict, with or without its digest. */
async function uploadUnchecked({ hasDigest = true } = {}): Promise<string> {
  const bytes = new Uint8Array(await readMediaFile('pass.mp4'));
  const id = await upload({ url: world.url, apiKey: world.workspace.apiKey }, bytes);
  await world.rows(
    `update media set state = 'checking', sha256 = case when $2 then sha256 end,
       media_type = null, container = null, ready_at = null, received_at = app_now()
     where id = $1`,
    [id, hasDigest],
  );
  return id;
}

async function stateOf(id: string): Promise<string> {
  return (await world.workspace.api.getMedia({ id })).state;
}

function sweep(limit = 10): Promise<number> {
  return sweepUnchecked(world.services, { limit, signal: new AbortController().signal });
}

/** The bytes of a file cannot be read, and are not gone either: the disk is what is wrong. */
async function makeUnreadable(id: string): Promise<void> {
  const { store } = world.services.media;
  await store.remove(id);
  await mkdir(store.locate(id));
}

test('a file that nobody came to look into is looked into, digest and all', async () => {
  const id = await uploadUnchecked({ hasDigest: false });
  expect(await sweep()).toBe(0);
  await world.moveClocks(61);
  expect(await sweep()).toBe(1);
  expect(await world.workspace.api.getMedia({ id })).toMatchObject({
    state: 'ready',
    container: 'mp4',
    sha256: digestOf(await readMediaFile('pass.mp4')),
  });
});

test.each([{ hasDigest: false }, { hasDigest: true }])(
  'one whose bytes are gone is refused with words: $hasDigest',
  async ({ hasDigest }) => {
    const id = await uploadUnchecked({ hasDigest });
    await world.services.media.store.remove(id);
    await world.moveClocks(61);
    await sweep();
    expect(await world.workspace.api.getMedia({ id })).toMatchObject({
      state: 'refused',
      reason: { code: 'bytes_gone' },
    });
    const events = await world.rows(
      "select details ->> 'reason' as reason from events where type = 'media.refused' and details ->> 'media_id' = $1",
      [id],
    );
    expect(events).toEqual([{ reason: 'bytes_gone' }]);
  },
);

test.each([{ hasDigest: false }, { hasDigest: true }])(
  'one that cannot be read keeps no other waiting, and is tried again a minute later: $hasDigest',
  async ({ hasDigest }) => {
    const broken = await uploadUnchecked({ hasDigest });
    await makeUnreadable(broken);
    await world.moveClocks(1);
    const good = await uploadUnchecked();
    await world.moveClocks(61);
    expect(await sweep(1)).toBe(1);
    expect(await sweep(1)).toBe(1);
    expect(await stateOf(good)).toBe('ready');
    expect(await stateOf(broken)).toBe('checking');
    expect(await sweep()).toBe(0);
    expect(world.logged.join('')).toContain('a file could not be looked into');
    await world.moveClocks(61);
    expect(await sweep()).toBe(1);
    await world.rows('delete from media where id = $1', [broken]);
  },
);

test('one that was deleted is looked into no more', async () => {
  const id = await uploadUnchecked();
  await world.rows('update media set deleted_at = app_now() where id = $1', [id]);
  const good = await uploadUnchecked();
  await world.moveClocks(61);
  expect(await sweep()).toBe(1);
  expect(await stateOf(good)).toBe('ready');
});

test('of several processes one takes a file', async () => {
  for (let count = 0; count < 4; count += 1) await uploadUnchecked();
  await world.moveClocks(61);
  const taken = await Promise.all([sweep(), sweep(), sweep()]);
  expect(taken.reduce((sum, count) => sum + count)).toBe(4);
});

test('whoever comes second with another verdict changes nothing, and deletes nothing', async () => {
  const id = await uploadUnchecked();
  const place = { mediaId: id, workspaceId: world.workspace.id };
  const { database, media } = world.services;
  // On a machine so busy that honest files take too long, the sweep of another process was faster.
  const late = {
    database,
    media: {
      store: media.store,
      prober: {
        probe: async () => {
          await finishUpload(world.services, place);
          return { refusal: 'probe_limit' };
        },
      },
    },
    // What of the services is asked for, and nothing else of them.
  } as unknown as Pick<Services, 'database' | 'media'>;
  await finishUpload(late, place);
  expect(await stateOf(id)).toBe('ready');
  const { length: size } = await readMediaFile('pass.mp4');
  await expect(media.store.openSource(id)).resolves.toMatchObject({ size });
});
