import { expect, test } from 'vitest';
import { correctRestored } from '../../src/backup/after-restore.ts';
import { happen, listen } from '../events/support/listen.ts';
import { addAttempt, type PostWorld, startPostWorld } from '../posts/support/post-world.ts';
import { connect } from '../support/connect.ts';

test('what was on its way in a restored backup is sent by no machine', async () => {
  await using world = await startPostWorld();
  const queued = await world.postIn('queued');
  const publishing = await world.postIn('publishing');
  await addAttempt(world, publishing.id, { source: 'FILE_UPLOAD', isInitSent: true });
  const draft = await world.postIn('draft');
  const image = publishing.media[0]?.media_id;
  await world.rows(
    `insert into media_urls (workspace_id, media_id, attempt_id, token_hash, expires_at)
     select workspace_id, $1, id, 'h', app_now() + interval '1 hour' from attempts`,
    [image],
  );
  await correct(world, ['public.attempts']);
  const { api } = world.workspace;
  const stateOf = async (id: string) => {
    const { reason, state } = await api.getPost({ id });
    return [state, reason?.code];
  };
  expect(await stateOf(queued.id)).toEqual(['held', 'restored']);
  expect(await stateOf(publishing.id)).toEqual(['unknown', 'restored']);
  expect((await stateOf(draft.id))[0]).toBe('draft');
  expect((await world.eventsOf(queued.id)).at(-1)).toMatchObject({
    type: 'post.state_changed',
    details: { from: 'queued', to: 'held', reason: 'restored' },
  });
  expect(await world.rows(`select id from attempts where state = 'open'`)).toEqual([]);
  // TikTok may still fetch from them, and nobody would count on it.
  expect(await world.rows('select id from media_urls where revoked_at is null')).toEqual([]);
});

test('who listened before a restore is told that something may be missing', async () => {
  await using world = await startPostWorld();
  const client = { baseUrl: world.url, apiKey: world.workspace.apiKey };
  await using before = listen(client);
  await expect.poll(() => before.messages.length).toBe(1);
  await happen(world.services.database, world.workspace.id);
  await expect.poll(() => before.heard().length).toBe(1);
  // Into another database of the same engine, say: its transactions go on counting.
  await correct(world, ['public.events', 'public.event_horizons']);
  await using after = listen({ ...client, lastEventId: before.messages.at(-1)?.lastEventId });
  await expect.poll(() => after.messages[0]?.kind).toBe('reset');
});

async function correct(world: PostWorld, tables: readonly string[]): Promise<void> {
  await using owner = await connect(world.databaseUrl);
  const header = { tables: tables.map((name) => ({ name })) };
  // as: no more of a backup's header is read.
  await correctRestored(owner.client, header as Parameters<typeof correctRestored>[1]);
}
