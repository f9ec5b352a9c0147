/**
 * `npm run bench:schedule`: a million posts that wait for their moment. How late the sweep queues those whose moment
 * comes, and what a pick-up costs beside the same work among 10,000.
 */
import { randomUUID } from 'node:crypto';
import { createLog } from '../packages/server/dist/logging/log.js';
import { createMetrics } from '../packages/server/dist/metrics/metrics.js';
import {
  QUEUE_DUE_INTERVAL_MS,
  QUEUE_DUE_LIMIT,
  queueDuePosts,
} from '../packages/server/dist/posts/queue-due.js';
import { Sweeper } from '../packages/server/dist/runtime/sweeper.js';
import { isQuick, median, type Row, report } from './report.ts';
import { openWaiting, type Waiting } from './schedule/waiting.ts';

const FEW = 10_000;
const MANY = isQuick() ? 100_000 : 1_000_000;
const ROUNDS = isQuick() ? 10 : 40;
/** Posts of a round, of a few workspaces each, as at a quarter past. */
const DUE = 200;
/** Posts a second that become due while lateness is measured, for so long; and as many at one moment at the end. */
const RATE = 100;
const SECONDS = isQuick() ? 5 : 20;
const BURST = 1_000;
const SILENT = createLog({ destination: { write: () => undefined } });

const few = await openWaiting(FEW);
const many = await openWaiting(MANY);
try {
  const rows = [...(await measureCost(few, many)), await measureLateness(many)];
  report('schedule', rows, [
    `cost: ${DUE} posts due at a time, median of ${ROUNDS} rounds by turns; ${MANY} posts beside ${FEW}`,
    `lateness: ${RATE} posts a second for ${SECONDS} s, then ${BURST} at one moment, among ${MANY}; one process`,
    'PostgreSQL does not wait for the disk here',
  ]);
} finally {
  await many.close();
  await few.close();
}

/** Time of a post's pick-up among many, beside the same among few. */
async function measureCost(few: Waiting, many: Waiting): Promise<Row[]> {
  const costs = { few: [] as number[], many: [] as number[] };
  await pickUp(few);
  await pickUp(many);
  for (let round = 0; round < ROUNDS; round += 1) {
    // Each goes first in turn.
    const order = round % 2 === 0 ? (['few', 'many'] as const) : (['many', 'few'] as const);
    for (const which of order) costs[which].push(await pickUp(which === 'few' ? few : many));
  }
  return [
    {
      figure: `cost of a pick-up among ${MANY}, ms a post`,
      ours: median(costs.many),
      reference: median(costs.few),
      reference_name: `the same among ${FEW}`,
      must: { at_most: 1.5 },
    },
  ];
}

/** Makes some posts due and queues them; gives the milliseconds a post. */
async function pickUp(waiting: Waiting): Promise<number> {
  await waiting.makeDue(DUE);
  const startedAt = performance.now();
  const { queued } = await queueDuePosts(
    { database: waiting.database, log: SILENT },
    { limit: QUEUE_DUE_LIMIT },
  );
  const ms = performance.now() - startedAt;
  if (queued !== DUE) throw new Error(`${queued} posts were queued instead of ${DUE}`);
  return ms / DUE;
}

/** How long after its moment a post is queued by the sweep of a running server. */
async function measureLateness(waiting: Waiting): Promise<Row> {
  const marker = randomUUID();
  await waiting.spread(marker, { count: RATE * SECONDS, everyMs: 1000 / RATE, burst: BURST });
  const sweeper = new Sweeper(
    {
      name: 'due-posts',
      intervalMs: QUEUE_DUE_INTERVAL_MS,
      run: async (signal) => {
        const { due } = await queueDuePosts(
          { database: waiting.database, log: SILENT },
          { limit: QUEUE_DUE_LIMIT, signal },
        );
        return due === QUEUE_DUE_LIMIT;
      },
    },
    { log: SILENT, metrics: createMetrics() },
  );
  sweeper.start();
  const latenesses = await waiting.latenesses(marker);
  await sweeper.close();
  return {
    figure: 'lateness of a pick-up, p99, s',
    ours: latenesses[Math.floor(latenesses.length * 0.99)] ?? Number.POSITIVE_INFINITY,
    reference: 1,
    reference_name: 'a second',
    must: { at_most: 1 },
  };
}
