import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sweepAbandoned } from '../../src/media/sweep-media.ts';
import { inHours, MUSIC, type PostWorld, startPostWorld } from '../posts/support/post-world.ts';
import { beginUpload, idOf, sendBytes, type Uploader } from './support/tus.ts';

let world: PostWorld;
let uploader: Uploader;
beforeAll(async () => {
  world = await startPostWorld();
  uploader = { url: world.url, apiKey: world.workspace.apiKey };
});
afterAll(() => world[Symbol.asyncDispose]());

const DAY = 24 * 3600;

async function beginUploadOf(bytes: number): Promise<string> {
  const path = await beginUpload(uploader, 1000);
  await sendBytes(uploader, path, 0, new Uint8Array(bytes));
  return idOf(path);
}

async function isStored(id: string): Promise<boolean> {
  const { store } = world.services.media;
  return store.openSource(id).then(
    () => true,
    () => false,
  );
}

test('media of a post that has not gone out stays, and of one that has, its row', async () => {
  const { api } = world.workspace;
  const post = await world.postIn('scheduled');
  const id = post.media[0]?.media_id ?? '';
  await expect(api.deleteMedia({ id })).rejects.toMatchObject({ code: 'media-in-use' });
  await world.rows("update posts set state = 'published' where id = $1", [post.id]);
  await api.deleteMedia({ id });
  await expect(api.getMedia({ id })).rejects.toMatchObject({ code: 'not-found' });
  expect(await world.rows('select id from media where id = $1', [id])).toHaveLength(1);
});

test('an upload that a post tells of expires like any other, and its row stays', async () => {
  const { api } = world.workspace;
  const ofDraft = await beginUploadOf(10);
  const draft = await api.createPost(await world.input({ media: [{ media_id: ofDraft }] }));
  await world.moveClocks(1);
  const ofCanceled = await beginUploadOf(10);
  const canceled = await api.createPost(await world.input({ media: [{ media_id: ofCanceled }] }));
  await api.cancelPost({ id: canceled.id });
  await api.deleteMedia({ id: ofCanceled });
  await world.moveClocks(1);
  const ofNone = await beginUploadOf(10);
  await world.moveClocks(DAY + 3600);
  expect(await sweepAbandoned(world.services, { limit: 10 })).toBe(2);
  expect(await sweepAbandoned(world.services, { limit: 10 })).toBe(0);
  const rows = await world.rows<{ id: string }>(
    'select id from media where id = any($1) order by received_at',
    [[ofDraft, ofCanceled, ofNone]],
  );
  expect(rows.map(({ id }) => id)).toEqual([ofDraft, ofCanceled]);
  for (const id of [ofDraft, ofCanceled, ofNone]) expect(await isStored(id)).toBe(false);
  await expect(api.getMedia({ id: ofDraft })).rejects.toMatchObject({ code: 'not-found' });
  const scheduling = api.schedulePost({
    id: draft.id,
    consent: { declaration: MUSIC },
    publish_at: inHours(30),
    check_creator: false,
  });
  await expect(scheduling).rejects.toMatchObject({
    code: 'post-invalid',
    message: expect.stringContaining('A piece of its media was deleted.'),
  });
});

test('a place that fails ends no round', async () => {
  const bad = await beginUploadOf(10);
  await world.moveClocks(1);
  const good = await beginUploadOf(10);
  await world.moveClocks(DAY);
  // As if there were a table that nobody thought of.
  await world.rows('create table thought_of_by_nobody (media_id uuid references media)');
  await world.rows('insert into thought_of_by_nobody values ($1)', [bad]);
  try {
    expect(await sweepAbandoned(world.services, { limit: 10 })).toBe(1);
    expect(await isStored(bad)).toBe(true);
    expect(await isStored(good)).toBe(false);
    expect(world.logged.join('')).toContain('an upload could not be ended');
  } finally {
    await world.rows('drop table thought_of_by_nobody');
  }
});

/** Does the work, which waits for what a transaction of the workspace's has changed and now commits. */
async function behind(statement: string, values: string[], work: () => Promise<unknown>) {
  const client = await world.services.database.pool.connect();
  try {
    await client.query(`begin; set local greenroom.workspace_id = '${world.workspace.id}'`);
    await client.query(statement, values);
    const outcome = work().catch((error: unknown) => error);
    await expect
      .poll(() => world.rows("select from pg_stat_activity where wait_event_type = 'Lock'"))
      .toHaveLength(1);
    await client.query('commit');
    return await outcome;
  } finally {
    client.release();
  }
}

describe('at the same moment', () => {
  test('a post takes it and somebody deletes it: it is in use', async () => {
    const { api } = world.workspace;
    const { id: postId } = await api.createPost(await world.input());
    const id = await world.media();
    const outcome = await behind(
      `insert into post_media (post_id, workspace_id, position, media_id)
       values ($1, current_workspace(), 5, $2)`,
      [postId, id],
      () => api.deleteMedia({ id }),
    );
    expect(outcome).toMatchObject({ code: 'media-in-use' });
  });

  test('somebody deletes it and a post takes it: it is gone', async () => {
    const { api } = world.workspace;
    const id = await world.media();
    const input = await world.input({ media: [{ media_id: id }] });
    const outcome = await behind('delete from media where id = $1', [id], () =>
      api.createPost(input),
    );
    expect(outcome).toMatchObject({ code: 'post-invalid' });
  });
});
