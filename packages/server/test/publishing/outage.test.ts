import { expect, test } from 'vitest';
import { askAsOwner } from '../support/ask-as-owner.ts';
import { connect } from '../support/connect.ts';
import { startCluster } from './support/processes.ts';
import {
  addVideo,
  attemptsOf,
  chunkAnswers,
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
  expect(await chunkAnswers(world)).toEqual([206, 201]);
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

test('an answer that the database refuses to store is kept until it takes it', async () => {
  await using world = await startPublishing();
  const account_id = await connectCreator(world, 'insistent');
  const media = [{ media_id: (await addVideo(world)).id }];
  await askAsOwner(
    world.databaseUrl,
    `create function refuse() returns trigger language plpgsql as
       $$ begin raise exception 'not now' using errcode = '57014'; end $$;
     create trigger refuse before update on attempts for each row
       when (new.init_answered_at is not null) execute function refuse()`,
  );
  const { id } = await publish(world, { account_id, media });
  await expect
    .poll(() => world.test.logged.join('').split('waits for the database').length, {
      timeout: 20_000,
    })
    .toBeGreaterThan(3);
  await askAsOwner(world.databaseUrl, 'drop trigger refuse on attempts');
  await untilState(world, id, 'published', 30_000);
  expect(await attemptsOf(world, id)).toMatchObject([{ number: 1, outcome: 'accepted', runs: 1 }]);
  expect(await postsAtTikTok(world)).toHaveLength(1);
}, 60_000);

test('a database that goes away during a long init: nobody is taken for dead, and nothing for lost', async () => {
  await using world = await startCluster({ workers: 2 });
  const account_id = await connectCreator(world, 'slow_init');
  const media = [{ media_id: (await addVideo(world)).id }];
  await world.tiktok.control.addFault({
    match: { path: '/v2/post/publish/video/init/' },
    action: { delay_ms: 15_000 },
    times: 1,
  });
  const { id } = await publish(world, { account_id, media });
  await expect
    .poll(
      () => askAsOwner(world.databaseUrl, 'select 1 from attempts where init_sent_at is not null'),
      {
        timeout: 20_000,
      },
    )
    .toHaveLength(1);
  const comeBack = await takeDatabaseAway(world.databaseUrl);
  const awaySince = performance.now();
  await expect
    .poll(() => performance.now() - awaySince, { timeout: 10_000 })
    .toBeGreaterThan(7_000);
  await comeBack();
  await untilState(world, id, 'published', 60_000);
  expect(await attemptsOf(world, id)).toMatchObject([{ number: 1, outcome: 'accepted', runs: 1 }]);
  expect(await postsAtTikTok(world)).toHaveLength(1);
}, 120_000);

test('a claim whose answer was lost with the connection is let go, and the post goes out', async () => {
  await using world = await startPublishing();
  const account_id = await connectCreator(world, 'claimed');
  const media = [{ media_id: (await addVideo(world)).id }];
  // As if DBOS had claimed it and never heard so: by the process that lives.
  await askAsOwner(
    world.databaseUrl,
    `create function claim() returns trigger language plpgsql as $$ begin
       new.status := 'PENDING'; new.owner_xid := gen_random_uuid()::text;
       new.executor_id := (select objid::bigint::text from pg_locks where locktype = 'advisory' and classid = 473378
         and database = (select oid from pg_database where datname = current_database()));
       return new; end $$;
     create trigger claim before insert on dbos.workflow_status for each row execute function claim()`,
  );
  const { id } = await publish(world, { account_id, media });
  await askAsOwner(world.databaseUrl, 'drop trigger claim on dbos.workflow_status');
  expect(await attemptsOf(world, id)).toMatchObject([{ runs: 0 }]);
  await untilState(world, id, 'published', 30_000);
}, 60_000);

test('the answer of a process that was taken for dead still tells what its post became', async () => {
  await using world = await startPublishing();
  const account_id = await connectCreator(world, 'late_answer');
  // Somebody else's address has no fence, so that the second run leaves the post unknown.
  const media = [{ url: 'http://127.0.0.1:9/clip.mp4' }];
  await world.tiktok.control.addFault({
    match: { path: '/v2/post/publish/video/init/' },
    action: { delay_ms: 8_000 },
    times: 1,
  });
  await world.tiktok.control.putApp('audited', { webhook_url: 'http://127.0.0.1:9/nobody' });
  const { id } = await publish(world, { account_id, media });
  await expect
    .poll(
      () => askAsOwner(world.databaseUrl, 'select 1 from attempts where init_sent_at is not null'),
      {
        timeout: 20_000,
      },
    )
    .toHaveLength(1);
  // As if this process had been taken for dead, and another one went on.
  await askAsOwner(
    world.databaseUrl,
    `update dbos.workflow_status set status = 'ENQUEUED', owner_xid = null`,
  );
  await untilState(world, id, 'unknown');
  await expect
    .poll(
      () => askAsOwner(world.databaseUrl, 'select 1 from attempts where publish_id is not null'),
      {
        timeout: 20_000,
      },
    )
    .toHaveLength(1);
}, 60_000);

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
