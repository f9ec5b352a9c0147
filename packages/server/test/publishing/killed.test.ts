import { performance } from 'node:perf_hooks';
import { createClient } from '@greenroom/contract';
import { expect, test } from 'vitest';
import { askAsOwner } from '../support/ask-as-owner.ts';
import type { ServerProcess } from '../support/spawn-server.ts';
import { type Cluster, startCluster } from './support/processes.ts';
import {
  addVideo,
  attemptsOf,
  chunkAnswers,
  connectCreator,
  postsAtTikTok,
  publish,
  untilState,
} from './support/publish-world.ts';

/** The worker that has the work under way. */
async function findHolder({ databaseUrl, workers }: Cluster): Promise<ServerProcess> {
  const [row] = await askAsOwner<{ executor_id: string }>(
    databaseUrl,
    `select executor_id from dbos.workflow_status where status = 'PENDING'`,
  );
  const holder = workers.find(({ stderr }) =>
    stderr().includes(`"executor_id":"${row?.executor_id}"`),
  );
  if (holder === undefined) throw new Error('no worker has the work');
  return holder;
}

/** A post whose second chunk TikTok takes its time for: it is in the middle of its upload. */
async function beginSlowUpload(cluster: Cluster) {
  const account_id = await connectCreator(cluster, 'slow_uploader');
  const video = await addVideo(cluster, 90_000_000);
  await cluster.tiktok.control.addFault({
    match: { method: 'PUT', path: '/upload*', nth: 2 },
    action: { delay_ms: 20_000 },
    times: 1,
  });
  const { id } = await publish(cluster, { account_id, media: [{ media_id: video.id }] });
  await expect
    .poll(async () => (await cluster.api.getPost({ id })).bytes_confirmed, { timeout: 30_000 })
    .toBeGreaterThan(0);
  return { id, video };
}

test('a worker that is killed in the middle of an upload: another goes on from the byte where it stood', async () => {
  await using cluster = await startCluster({ workers: 2 });
  const { id, video } = await beginSlowUpload(cluster);
  const holder = await findHolder(cluster);
  await holder.stop('SIGKILL');
  const killedAt = performance.now();
  await expect
    .poll(async () => (await attemptsOf(cluster, id))[0]?.runs, { timeout: 15_000, interval: 50 })
    .toBe(2);
  const seconds = (performance.now() - killedAt) / 1000;
  expect(seconds, 'until another process goes on').toBeLessThan(10);
  await untilState(cluster, id, 'published', 60_000);
  expect(await attemptsOf(cluster, id)).toMatchObject([{ outcome: 'accepted', runs: 2 }]);
  expect(await postsAtTikTok(cluster)).toMatchObject([
    { status: 'PUBLISH_COMPLETE', sha256: video.sha256 },
  ]);
  expect(await chunkAnswers(cluster)).toEqual([206, 201]);
}, 120_000);

test('a worker that stops in order hands its work back at once', async () => {
  await using cluster = await startCluster({ workers: 2 });
  const { id } = await beginSlowUpload(cluster);
  const holder = await findHolder(cluster);
  expect((await holder.stop('SIGTERM')).code).toBe(0);
  await untilState(cluster, id, 'published', 60_000);
  expect(await attemptsOf(cluster, id)).toMatchObject([{ outcome: 'accepted', runs: 2 }]);
}, 120_000);

test('two web and two worker processes on one PostgreSQL: each post goes out once, whoever was asked', async () => {
  await using cluster = await startCluster({ webs: 2, workers: 2 });
  const media = [{ media_id: (await addVideo(cluster)).id }];
  const apis = cluster.urls.map((baseUrl) => createClient({ baseUrl, apiKey: cluster.apiKey }));
  const accounts: string[] = [];
  for (let index = 0; index < 6; index += 1) {
    accounts.push(await connectCreator(cluster, `member_${index}`));
  }
  const posts = await Promise.all(
    accounts.flatMap((account_id, index) =>
      ['first', 'second'].map((title) => {
        const api = apis[index % apis.length] ?? cluster.api;
        return publish({ ...cluster, api }, { account_id, media, title });
      }),
    ),
  );
  for (const { id } of posts) await untilState(cluster, id, 'published', 60_000);
  const made = await postsAtTikTok(cluster);
  expect(made.filter(({ status }) => status === 'PUBLISH_COMPLETE')).toHaveLength(12);
  expect(made).toHaveLength(12);
  const executors = await askAsOwner<{ executor_id: string }>(
    cluster.databaseUrl,
    'select distinct executor_id from dbos.workflow_status',
  );
  expect(executors.length, 'both workers worked').toBe(2);
}, 120_000);
