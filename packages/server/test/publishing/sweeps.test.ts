import { expect, test } from 'vitest';
import {
  sweepAbandonedAttempts,
  sweepStartable,
} from '../../src/publishing/attempt/sweep-attempts.ts';
import { addAttempt, startPostWorld } from '../posts/support/post-world.ts';
import { connect } from '../support/connect.ts';

test('an account whose next post cannot be begun keeps no other from its turn', async () => {
  await using world = await startPostWorld();
  const broken = await world.postIn('queued');
  const other = await world.postIn('queued');
  await world.rows(`update posts set queued_at = app_now() - interval '1 hour' where id = $1`, [
    broken.id,
  ]);
  await refuse(world.databaseUrl, `attempts for each row when (new.post_id = '${broken.id}')`);
  await sweepStartable(world.services, { limit: 10, signal: new AbortController().signal });
  const started = await world.rows<{ post_id: string }>('select post_id from attempts');
  expect(started).toEqual([{ post_id: other.id }]);
});

test('who has waited longest for a place under a cap of the app takes the first that is free', async () => {
  await using world = await startPostWorld();
  const posts: string[] = [];
  for (let i = 0; i < 6; i++) posts.push((await world.postIn('queued')).id);
  await world.rows(
    `update posts set wait_reason = 'cap_users',
    queued_at = app_now() - interval '1 hour' + array_position($1::uuid[], id) * interval '1 minute'`,
    [posts],
  );
  const signal = new AbortController().signal;
  for (const [index, expected] of posts.entries()) {
    await world.rows('update tiktok_apps set daily_users = $1', [index + 1]);
    await world.rows(
      `update posts set not_before = app_now() - interval '1 second' where state = 'queued'`,
    );
    const sweep = () => sweepStartable(world.services, { limit: 10, signal });
    await Promise.all([sweep(), sweep(), sweep()]);
    const started = await world.rows<{ post_id: string }>(
      'select post_id from attempts order by created_at desc, number limit 1',
    );
    expect(started).toEqual([{ post_id: expected }]);
    expect(await world.rows('select from attempts')).toHaveLength(index + 1);
  }
});

test('an abandoned attempt is found however many older ones are open', async () => {
  await using world = await startPostWorld();
  const posts = [];
  for (let i = 0; i < 3; i++) {
    const post = await world.postIn('publishing');
    await addAttempt(world, post.id, { source: 'FILE_UPLOAD' });
    posts.push(post.id);
  }
  await world.rows(
    `update attempts set state = 'open', created_at = app_now() - interval '2 minutes'`,
  );
  const signal = new AbortController().signal;
  await sweepAbandonedAttempts(world.services, { limit: 1, signal });
  const workflows = await world.rows(
    `select 1 from dbos.workflow_status where status = 'ENQUEUED'`,
  );
  expect(workflows).toHaveLength(posts.length);
});

test('what a living process claims while it is taken over from a dead one stays with it', async () => {
  await using world = await startPostWorld();
  const post = await world.postIn('queued');
  await sweepStartable(world.services, { limit: 10, signal: new AbortController().signal });
  const [attempt] = await world.rows<{ id: string }>('select id from attempts where post_id = $1', [
    post.id,
  ]);
  const claim = (executor: string) =>
    `update dbos.workflow_status set status = 'PENDING', executor_id = '${executor}'`;
  await world.rows(claim('111'));
  await using living = await connect(world.databaseUrl);
  await living.client.query(`begin; ${claim('222')}`);
  const takenOver = world.services.publishing.takeOver(['111']);
  await expect
    .poll(() => world.rows(`select 1 from pg_stat_activity where wait_event_type = 'Lock'`))
    .toHaveLength(1);
  await living.client.query('commit');
  expect(await takenOver).toBe(0);
  expect(
    await world.rows('select workflow_uuid, status, executor_id from dbos.workflow_status'),
  ).toEqual([{ workflow_uuid: attempt?.id, status: 'PENDING', executor_id: '222' }]);
});

/** Makes the database refuse to insert such rows. */
async function refuse(databaseUrl: string, where: string): Promise<void> {
  await using owner = await connect(databaseUrl);
  await owner.client.query(`create function refuse() returns trigger language plpgsql as
    $$ begin raise exception 'not this one' using errcode = '40P01'; end $$;
    create trigger refuse before insert on ${where} execute function refuse()`);
}
