import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { sweepAbandonedAttempts } from '../../src/publishing/attempt/sweep-attempts.ts';
import { startServer } from '../../src/runtime/start-server.ts';
import { addAttempt, startPostWorld } from '../posts/support/post-world.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import {
  addVideo,
  attemptsOf,
  connectCreator,
  postsAtTikTok,
  publish,
  startPublishing,
  untilState,
} from './support/publish-world.ts';

const round = { limit: 10, signal: new AbortController().signal };

test('an open attempt that no workflow works on is given one, once; what rests or has ended is left alone', async () => {
  await using world = await startPostWorld();
  const source = 'FILE_UPLOAD';
  const attempts: string[] = [];
  for (let made = 0; made < 4; made += 1) {
    const { id } = await world.postIn('publishing');
    attempts.push(await addAttempt(world, id, { source }));
  }
  const [abandoned, resting, ended, young] = attempts;
  const old = `update attempts set created_at = app_now() - interval '2 minutes'`;
  await world.rows(`${old} where id <> $1`, [young]);
  await world.rows(`update attempts set resume_at = app_now() where id = $1`, [resting]);
  await world.rows(
    `update attempts set state = 'ended', outcome = 'refused', ended_at = app_now() where id = $1`,
    [ended],
  );
  const enqueued = () =>
    world.rows<{ attempt: string }>(
      `select split_part(workflow_uuid, ':', 1) as attempt from dbos.workflow_status where status = 'ENQUEUED'`,
    );
  await sweepAbandonedAttempts(world.services, round);
  expect(await enqueued()).toEqual([{ attempt: abandoned }]);
  expect(world.logged.join('')).toContain('nobody worked on an open attempt');
  await sweepAbandonedAttempts(world.services, round);
  expect(await enqueued()).toHaveLength(1);
});

test('an attempt whose workflow was lost is carried to its end by the next worker', async () => {
  // Nobody works yet: the attempt is made with the post, and waits.
  await using world = await startPublishing({ GREENROOM_ROLE: 'web' });
  const account_id = await connectCreator(world, 'forgotten_creator');
  const video = await addVideo(world);
  const { id } = await publish(world, { account_id, media: [{ media_id: video.id }] });
  expect(await attemptsOf(world, id)).toMatchObject([{ state: 'open', runs: 0 }]);
  await askAsOwner(world.databaseUrl, 'delete from dbos.workflow_status');
  await askAsOwner(
    world.databaseUrl,
    `update attempts set created_at = created_at - interval '2 minutes'`,
  );
  const env = { ...world.test.env, GREENROOM_ROLE: 'worker', LOG_LEVEL: 'silent' };
  await using _worker = await startServer(readConfig(env));
  await untilState(world, id, 'published');
  expect(await attemptsOf(world, id)).toMatchObject([{ number: 1, outcome: 'accepted' }]);
  expect(await postsAtTikTok(world)).toMatchObject([
    { status: 'PUBLISH_COMPLETE', sha256: video.sha256 },
  ]);
});
