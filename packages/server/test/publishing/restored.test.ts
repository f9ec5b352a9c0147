import { expect, test } from 'vitest';
import { correctRestored } from '../../src/backup/after-restore.ts';
import { addAttempt, startPostWorld } from '../posts/support/post-world.ts';
import { connect } from '../support/connect.ts';

test('what was on its way in a restored backup is sent by no machine', async () => {
  await using world = await startPostWorld();
  const queued = await world.postIn('queued');
  const publishing = await world.postIn('publishing');
  await addAttempt(world, publishing.id, { source: 'FILE_UPLOAD', isInitSent: true });
  const draft = await world.postIn('draft');
  await using owner = await connect(world.databaseUrl);
  const header = { tables: [{ name: 'public.attempts' }] };
  // as: no more of a backup's header is read.
  await correctRestored(owner.client, header as Parameters<typeof correctRestored>[1]);
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
});
