import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addVideo,
  connectCreator,
  type PublishWorld,
  publish,
  startPublishing,
  untilState,
} from '../publishing/support/publish-world.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';

let world: PublishWorld;
beforeAll(async () => {
  world = await startPublishing();
});
afterAll(() => world[Symbol.asyncDispose]());

async function timelineOf(id: string, limit = 50) {
  const entries = [];
  for await (const entry of world.api.each.getPostTimeline({ id, limit })) entries.push(entry);
  return entries;
}

test('tells the whole life of a post in words, each request with its log_id', async () => {
  const account_id = await connectCreator(world, 'told');
  const video = await addVideo(world);
  const { id } = await publish(world, { account_id, media: [{ media_id: video.id }] });
  await untilState(world, id, 'published');
  const entries = await timelineOf(id);
  const words = entries.map((entry) => entry.words.replaceAll(/\d+ ms/g, 'x ms'));
  expect(words.slice(0, 5)).toEqual([
    'The post was made, as a draft.',
    'Scheduled. It waits for the moment it is scheduled for.',
    'Queued. It waits for its turn: an account publishes one post at a time.',
    'Publishing. It is being sent.',
    'Attempt 1 began: Greenroom uploads the file.',
  ]);
  expect(words).toContain('Creator info: TikTok answered 200 after x ms.');
  expect(words).toContain('Init of a video: TikTok answered 200 after x ms.');
  expect(words).toContain('Processing. TikTok has everything, and processes it.');
  expect(words).toContain('Attempt 1 ended: TikTok has everything.');
  expect(words).toContain('Published. TikTok says that the post is complete.');
  // Every log_id that TikTok gave for this post's requests is there, as TikTok's own ledger has it.
  const told = entries.filter((entry) => entry.type === 'request.answered');
  const { requests } = await world.tiktok.control.listRequests();
  const known = requests.map((request) => request.log_id);
  expect(told.length).toBeGreaterThanOrEqual(2);
  for (const { log_id } of told) expect(known).toContain(log_id);
  expect(entries.every((entry) => entry.type === 'post.created' || entry.id !== '')).toBe(true);
});

test('a refusal is told with its cause, its remedy, and whose move it is', async () => {
  const account_id = await connectCreator(world, 'refused');
  const video = await addVideo(world);
  await world.tiktok.control.addFault({
    match: { method: 'POST', path: '/v2/post/publish/video/init/' },
    action: { status: 403, code: 'spam_risk_user_banned_from_posting' },
    times: 1,
  });
  const { id } = await publish(world, { account_id, media: [{ media_id: video.id }] });
  await untilState(world, id, 'held');
  const entries = await timelineOf(id);
  const answer = entries.find(
    (entry) => entry.type === 'request.answered' && entry.words.includes('403'),
  );
  expect(answer).toMatchObject({
    attempt: 1,
    whose_move: 'creator',
    log_id: expect.stringMatching(/^\w+$/),
    details: { request: 'video/init', status: 403, code: 'spam_risk_user_banned_from_posting' },
  });
  expect(answer?.words).toMatch(
    /^Init of a video: TikTok answered 403 after \d+ ms\. TikTok does not let/,
  );
  const held = entries.findLast((entry) => entry.type === 'post.state_changed');
  expect(held?.words).toMatch(/^Held: it needs a person\. TikTok does not let this account post\./);
  expect(held?.whose_move).toBe('creator');
});

test('comes in pages that fit together, and not to another workspace', async () => {
  const account_id = await connectCreator(world, 'paged');
  const video = await addVideo(world);
  const { id } = await publish(world, { account_id, media: [{ media_id: video.id }] });
  await untilState(world, id, 'published');
  const whole = await timelineOf(id);
  const pieces = await timelineOf(id, 2);
  expect(pieces.slice(0, whole.length)).toEqual(whole);
  const unknown = '0f6f4f0e-7c3e-4f43-9d59-2b8a1f3f6a10';
  await expect(world.api.getPostTimeline({ id: unknown })).rejects.toMatchObject({
    code: 'not-found',
  });
});

test('service levels are measured from what happened', async () => {
  const { service_levels: levels } = await world.api.getPublishing({});
  const byName = Object.fromEntries(levels.map((level) => [level.name, level]));
  expect(byName['upload_completion']).toMatchObject({ value: 1, holds: true, objective: 0.95 });
  expect(byName['api_errors']).toMatchObject({ value: 0, holds: true, objective: 0.01 });
  expect(byName['publish_overhead_seconds']).toMatchObject({ holds: true, objective: 2 });
  expect(byName['poll_interval_seconds']).toMatchObject({ holds: true, objective: 5 });
  expect(byName['refresh_success']).toMatchObject({ value: null, holds: null, samples: 0 });
});

test('service levels are metrics of each workspace; what nothing was measured of has none', async () => {
  const { id: ours } = await world.api.getWorkspace();
  const figures = await (await fetch(`${world.url}/metrics`)).text();
  const figureOf = (name: string, level: string) => {
    const series = `${name}{workspace_id="${ours}",level="${level}"} `;
    return figures
      .split('\n')
      .find((line) => line.startsWith(series))
      ?.slice(series.length);
  };
  expect(figureOf('greenroom_service_level', 'upload_completion')).toBe('1');
  expect(figureOf('greenroom_service_level_holds', 'publish_overhead_seconds')).toBe('1');
  expect(Number(figureOf('greenroom_service_level_samples', 'api_errors'))).toBeGreaterThan(0);
  expect(figureOf('greenroom_service_level', 'refresh_success')).toBeUndefined();
  expect(figureOf('greenroom_service_level_samples', 'refresh_success')).toBe('0');
});

test('an upload of one chunk passes the fence with its init; it counts as whole by its bytes', async () => {
  const account_id = await connectCreator(world, 'one_chunk');
  const video = await addVideo(world);
  const { id } = await publish(world, { account_id, media: [{ media_id: video.id }] });
  await untilState(world, id, 'published');
  // As an upload leaves it that never got through, within the hour of its `upload_url`.
  await askAsOwner(
    world.databaseUrl,
    `with attempt as (update attempts set bytes_confirmed = 0, outcome = 'upload_dead' where post_id = $1)
     update posts set state = 'failed' where id = $1`,
    [id],
  );
  const { service_levels: levels } = await world.api.getPublishing({});
  const { samples = 0, value } = levels.find(({ name }) => name === 'upload_completion') ?? {};
  expect(value).toBeCloseTo((samples - 1) / samples);
});
