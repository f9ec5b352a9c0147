/**
 * `npm run bench:backlog`: a backlog of 200 posts on 20 accounts, under TikTok's real limits, worked off by four
 * processes. Beside it what our own window would allow: six inits in 61 s for each account.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { WINDOW_MS } from '../packages/server/dist/publishing/limits/rate-window.js';
import { startPlatform } from './publish/platform.ts';
import { type Stage, setStage } from './publish/stage.ts';
import { isQuick, report } from './report.ts';

const ACCOUNTS = isQuick() ? 6 : 20;
const PER_ACCOUNT = isQuick() ? 8 : 10;
const WORKERS = 4;
const SIZE = 100_000;
/** Inits that TikTok takes for an account within its minute, and we within our window. */
const INITS = 6;
const PATIENCE_MS = 600_000;

await using stage = await setStage({
  accounts: ACCOUNTS,
  videoSize: SIZE,
  settings: { rate_limits: true, caps: true, processing_seconds: 2 },
});
const total = await stage.addPosts(PER_ACCOUNT);
await using stack = new AsyncDisposableStack();
for (const process of await startWorkers()) stack.use(process);
await untilPublished(total);
const requests = await listRequests(stage);
const { settings } = await stage.tiktok.control('GET', 'state');
const periods = measurePeriods(requests);
const meanMs = periods.reduce((sum, period) => sum + period, 0) / periods.length;
report(
  'backlog',
  [
    {
      figure: 'slots of our own window used, %',
      ours: (100 * WINDOW_MS) / meanMs,
      reference: 100,
      reference_name: `${INITS} inits in each ${WINDOW_MS / 1000} s`,
      must: { at_least: 0.98 },
    },
    {
      figure: 'answers of 429',
      ours: requests.filter(({ status }) => status === 429).length,
      reference: 1,
      reference_name: 'none is allowed',
      must: { at_most: 0 },
    },
  ],
  [
    `${total} posts on ${ACCOUNTS} accounts, ${WORKERS} workers; our window is ${WINDOW_MS / 1000} s long, TikTok's 60 s`,
    `${periods.length} slots were waited for: from an init to the sixth after it ${(meanMs / 1000).toFixed(2)} s in the mean, ${(Math.max(...periods) / 1000).toFixed(2)} s at most`,
    `TikTok at the end: ${JSON.stringify(settings)}`,
  ],
);

function startWorkers() {
  return Promise.all(Array.from({ length: WORKERS }, () => startPlatform(stage.env, 'worker')));
}

async function untilPublished(posts: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const { rows } = await stage.owner.query<{ state: string; posts: number }>(
      'select state, count(*)::int as posts from posts group by state',
    );
    if (rows.find(({ state }) => state === 'published')?.posts === posts) return;
    const gone = rows.filter(({ state }) => /^(held|failed|unknown|canceled)$/.test(state));
    if (gone.length > 0) throw new Error(`posts ended otherwise: ${JSON.stringify(gone)}`);
    await sleep(500);
  }
  throw new Error('the backlog was not worked off');
}

/** A request as TikTok's ledger has it. */
interface TikTokRequest {
  readonly time: string;
  readonly creator: string | null;
  readonly path: string;
  readonly status: number | null;
}

async function listRequests({ tiktok }: Stage): Promise<readonly TikTokRequest[]> {
  const { requests } = await tiktok.control('GET', 'requests');
  return requests as readonly TikTokRequest[]; // as: the emulator's own form
}

/** From each init of an account to the sixth after it: what a slot took to be used again. */
function measurePeriods(found: readonly TikTokRequest[]): number[] {
  const inits = Map.groupBy(
    found.filter(({ path }) => path.endsWith('/video/init/')),
    ({ creator }) => creator,
  );
  return [...inits.values()].flatMap((own) => {
    const moments = own.map(({ time }) => Date.parse(time)).toSorted((one, other) => one - other);
    return moments.slice(INITS).map((moment, index) => moment - (moments[index] ?? moment));
  });
}
