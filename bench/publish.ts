/**
 * `npm run bench:publish`: posts end to end through the platform (a video of 100 kB each, 1,000 accounts, no limits of
 * TikTok's), by two workers on one PostgreSQL, beside the SDK alone in a loop with as many posts at a time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { TikTokClient } from '@greenroom/sdk';
import { nodeSender, publishVideo } from '@greenroom/sdk/node';
import { type PlatformProcess, startPlatform } from './publish/platform.ts';
import { type Stage, setStage } from './publish/stage.ts';
import { isQuick, report } from './report.ts';
import { listFamily, processorSeconds } from './support/processor-time.ts';

const ACCOUNTS = isQuick() ? 300 : 1_000;
const PER_ACCOUNT = isQuick() ? 1 : 3;
const WORKERS = 2;
/** Uploads at a time in one process: the setting's default. */
const CONCURRENCY = 16;
const SIZE = 100_000;
const PATIENCE_MS = 600_000;

await using stage = await setStage({ accounts: ACCOUNTS, videoSize: SIZE });
const alone = await runAlone(stage);
const costs: string[] = [];
const ours = await runPlatform(stage);
report(
  'publish',
  [
    {
      figure: 'posts end to end a second, beside the SDK',
      ours,
      reference: alone,
      reference_name: `the SDK alone, ${WORKERS * CONCURRENCY} at a time`,
      must: { at_least: 0.4 },
    },
    {
      figure: 'posts end to end a second',
      ours,
      reference: 40,
      reference_name: 'limit of issue 5',
      must: { at_least: 1 },
    },
  ],
  [
    `${ACCOUNTS} accounts, ${PER_ACCOUNT} posts each, ${WORKERS} workers on one PostgreSQL that does not wait for the disk`,
    'each post asks creator info, sends init and 100 kB, and asks for its status until TikTok says complete',
    'all of it, PostgreSQL and the emulator too, shares the cores of this machine',
    ...costs,
  ],
);

/** Posts a second by the SDK: the same requests, and nothing around them. */
async function runAlone({ tiktok, tokens, videoPath }: Stage): Promise<number> {
  const total = ACCOUNTS * PER_ACCOUNT;
  let next = 0;
  const startedAt = performance.now();
  const worker = async () => {
    await using sender = nodeSender();
    for (let index = next++; index < total; index = next++) {
      const accessToken = tokens[index % tokens.length] ?? '';
      const client = new TikTokClient({ accessToken, baseUrl: tiktok.url });
      const { result } = publishVideo(
        client,
        { source: videoPath, postInfo: { privacy_level: 'SELF_ONLY', title: `alone ${index}` } },
        { sender },
      );
      const { status } = await result;
      if (status !== 'published') throw new Error(`the SDK's post ended as ${status}`);
    }
  };
  await Promise.all(Array.from({ length: WORKERS * CONCURRENCY }, worker));
  return total / ((performance.now() - startedAt) / 1000);
}

/** Posts a second by the platform, from the first that begins to the last that TikTok calls complete. */
async function runPlatform(stage: Stage): Promise<number> {
  const total = await stage.addPosts(PER_ACCOUNT);
  await using stack = new AsyncDisposableStack();
  const startedAt = performance.now();
  const processes = await Promise.all(
    Array.from({ length: WORKERS }, () => startPlatform(stage.env, 'worker')),
  );
  for (const process of processes) stack.use(process);
  const before = await measureCosts(stage, processes);
  while (performance.now() - startedAt < PATIENCE_MS) {
    const seconds = await findDuration(stage, total);
    if (seconds !== undefined) {
      const after = await measureCosts(stage, processes);
      const each = Object.entries(after).map(([name, used]) => {
        return `${name} ${(((used - (before[name] ?? 0)) / total) * 1000).toFixed(1)} ms`;
      });
      costs.push(`processor time a post: ${each.join(', ')}`);
      return total / seconds;
    }
    await sleep(500);
  }
  throw new Error(`the posts were not published: ${JSON.stringify(await countStates(stage))}`);
}

/** Seconds of processor time that each part has used. */
async function measureCosts(
  { databasePid, tiktok }: Stage,
  processes: readonly PlatformProcess[],
): Promise<Record<string, number>> {
  return {
    workers: await processorSeconds(processes.map(({ child }) => child.pid ?? 0)),
    PostgreSQL: await processorSeconds(listFamily(databasePid)),
    emulator: await processorSeconds([tiktok.pid]),
  };
}

/** Seconds from the first attempt to the last end, once all are published. */
async function findDuration({ owner }: Stage, total: number): Promise<number | undefined> {
  const { rows } = await owner.query<{ published: string; seconds: number }>(`
    select count(*) filter (where state = 'published') as published,
      extract(epoch from max(ended_at) - (select min(created_at) from attempts))::float8 as seconds
    from posts`);
  const [row] = rows;
  return Number(row?.published) === total ? row?.seconds : undefined;
}

async function countStates({ owner }: Stage): Promise<unknown> {
  const { rows } = await owner.query(
    'select state, state_reason, wait_reason, count(*)::int from posts group by 1, 2, 3',
  );
  return rows;
}
