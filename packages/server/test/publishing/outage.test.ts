import { expect, test } from 'vitest';
import { connect } from '../support/connect.ts';
import {
  addVideo,
  attemptsOf,
  connectCreator,
  postsAtTikTok,
  publish,
  startPublishing,
  untilState,
} from './support/publish-world.ts';

/** Lets nobody connect to the database, and throws everybody out; gives back how it returns. */
async function takeDatabaseAway(databaseUrl: string): Promise<() => Promise<void>> {
  const url = new URL(databaseUrl);
  const name = url.pathname.slice(1);
  url.pathname = '/template1';
  await using owner = await connect(url.href);
  await owner.client.query(`alter database ${name} connection limit 0`);
  await owner.client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
    [name],
  );
  return async () => {
    await using again = await connect(url.href);
    await again.client.query(`alter database ${name} connection limit -1`);
  };
}

test('a database that goes away in the middle of an upload: the upload waits, and goes on', async () => {
  await using world = await startPublishing();
  const account_id = await connectCreator(world, 'patient');
  const video = await addVideo(world, 90_000_000);
  await world.tiktok.control.addFault({
    match: { method: 'PUT', path: '/upload*', nth: 2 },
    action: { delay_ms: 3_000 },
    times: 1,
  });
  const { id } = await publish(world, { account_id, media: [{ media_id: video.id }] });
  await expect
    .poll(async () => (await world.api.getPost({ id })).bytes_confirmed, { timeout: 30_000 })
    .toBeGreaterThan(0);
  const comeBack = await takeDatabaseAway(world.databaseUrl);
  await expect
    .poll(() => world.test.logged.join(''), { timeout: 30_000 })
    .toContain('an attempt waits for the database');
  await comeBack();
  await untilState(world, id, 'published', 60_000);
  expect(await attemptsOf(world, id)).toMatchObject([{ number: 1, outcome: 'accepted' }]);
  expect(await postsAtTikTok(world)).toMatchObject([
    { status: 'PUBLISH_COMPLETE', sha256: video.sha256 },
  ]);
}, 120_000);

test('a database that goes away while init is answered: the answer is kept until it returns', async () => {
  await using world = await startPublishing();
  const account_id = await connectCreator(world, 'remembered');
  const media = [{ media_id: (await addVideo(world)).id }];
  await world.tiktok.control.addFault({
    match: { path: '/v2/post/publish/video/init/' },
    action: { delay_ms: 3_000 },
    times: 1,
  });
  const { id } = await publish(world, { account_id, media });
  await expect
    .poll(async () => (await world.tiktok.control.listRequests()).requests.map(({ path }) => path))
    .toContain('/v2/post/publish/creator_info/query/');
  await expect.poll(async () => (await world.api.getPost({ id })).phase).toBe('init');
  const comeBack = await takeDatabaseAway(world.databaseUrl);
  await expect
    .poll(() => world.test.logged.join(''), { timeout: 30_000 })
    .toContain('an attempt waits for the database');
  await comeBack();
  await untilState(world, id, 'published', 60_000);
  const made = await postsAtTikTok(world);
  expect(made.filter(({ status }) => status === 'PUBLISH_COMPLETE')).toHaveLength(1);
}, 120_000);

test('TikTok is away for an hour: posts wait and say so, and each goes out once when it is back', async () => {
  await using world = await startPublishing();
  const media = [{ media_id: (await addVideo(world)).id }];
  const accounts: string[] = [];
  for (const name of ['one', 'two', 'three']) {
    accounts.push(await connectCreator(world, `away_${name}`));
  }
  const { id: fault } = await world.tiktok.control.addFault({
    match: { path: '/v2/*' },
    action: { drop: 'before' },
  });
  const posts = await Promise.all(
    accounts.map((account_id) => publish(world, { account_id, media })),
  );
  for (let minutes = 0; minutes < 60; minutes += 10) {
    for (const { id } of posts) {
      await expect
        .poll(async () => (await world.api.getPost({ id })).state, { timeout: 15_000 })
        .toBe('queued');
    }
    await world.test.moveClocks(600);
  }
  await expect
    .poll(async () => (await world.api.getPost({ id: posts[0]?.id ?? '' })).reason?.code)
    .toMatch(/^(tiktok_away|(account_)?circuit_open|token_delayed)$/);
  await world.tiktok.control.deleteFault(fault);
  await world.test.moveClocks(600);
  for (const { id } of posts) await untilState(world, id, 'published', 60_000);
  const made = await postsAtTikTok(world);
  expect(made.filter(({ status }) => status === 'PUBLISH_COMPLETE')).toHaveLength(3);
}, 180_000);
