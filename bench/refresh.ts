/**
 * `npm run bench:refresh`: 100,000 accounts are due, and four worker processes renew each of them exactly once. Beside
 * it, by turns, the SDK refreshes in loops of the same concurrency and stores nothing: what TikTok's side costs.
 */
import { connectAccounts, openParts, startSite, type TokenAnswer } from './broker/site.ts';
import { countLost, countRenewed, makeDue } from './broker/truth.ts';
import { Worker } from './broker/worker.ts';
import { type EmulatorProcess, startEmulatorProcess } from './emulator-process.ts';
import { isQuick, median, type Row, report } from './report.ts';

const ACCOUNTS = isQuick() ? 4_000 : 100_000;
const PER_WORKSPACE = 1_000;
const WORKERS = 4;
const CONCURRENCY = 16;
const ROUNDS = isQuick() ? 4 : 10;
/** Refreshes of the SDK in a round. */
const SDK_REFRESHES = isQuick() ? 2_000 : 8_000;
const LEAST_PER_SECOND = 150;

await using tiktok = await startEmulatorProcess();
await tiktok.control('PATCH', 'settings', { rate_limits: false, caps: false });
const { site, engine } = await startSite(tiktok.url);
try {
  await using parts = await openParts(site);
  const answers = await makeTokens(tiktok, 'account', ACCOUNTS);
  const accounts = await connectAccounts(parts, answers, PER_WORKSPACE);
  await makeDue(site.databaseUrl);
  const workers = await startWorkers(tiktok);
  const rates = await measure(workers);
  for (const worker of workers) await worker[Symbol.asyncDispose]();
  const renewed = await countRenewed(site.databaseUrl);
  const lost = await countLost(parts, accounts, tiktok);
  report('refresh', toRows(rates, renewed, lost), [
    `${WORKERS} worker processes, ${CONCURRENCY} refreshes at a time in each, ${ACCOUNTS / PER_WORKSPACE} workspaces; median of ${ROUNDS} rounds, by turns`,
    `renewed once: ${renewed.once}, more than once: ${renewed.more}; pairs of TikTok that the database cannot open: ${lost}`,
    `ours by round, a second: ${rates.map(({ ours }) => Math.round(ours)).join(', ')}`,
    'PostgreSQL does not wait for the disk here',
  ]);
} finally {
  await engine.stop();
}

interface Rates {
  readonly ours: number;
  readonly sdk: number;
}

function toRows(
  rates: readonly Rates[],
  renewed: { readonly once: number; readonly more: number },
  lost: number,
): Row[] {
  const ours = median(rates.map((rate) => rate.ours));
  return [
    {
      figure: `accounts renewed a second, ${ACCOUNTS} due`,
      ours,
      reference: LEAST_PER_SECOND,
      reference_name: 'limit of the project',
      must: { at_least: 1 },
    },
    {
      figure: 'accounts renewed exactly once, and their pairs are TikTok’s',
      ours: renewed.once - renewed.more - lost,
      reference: ACCOUNTS,
      reference_name: 'accounts due',
      must: { at_least: 1 },
    },
    {
      figure: 'accounts renewed a second, stored and audited',
      ours,
      reference: median(rates.map((rate) => rate.sdk)),
      reference_name: 'the SDK in loops, nothing stored',
      // Shown, not judged: what is stored costs what it costs.
      must: { at_least: 0 },
    },
  ];
}

async function measure(workers: readonly Worker[]): Promise<Rates[]> {
  const rates: Rates[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const ours = await rate(workers, 'sweep', ACCOUNTS / ROUNDS);
    const sdk = await rate(workers, 'sdk', SDK_REFRESHES);
    rates.push({ ours, sdk });
  }
  return rates;
}

/** Lets all workers do their share; how many a second they did together. */
async function rate(
  workers: readonly Worker[],
  kind: 'sweep' | 'sdk',
  count: number,
): Promise<number> {
  const startedAt = performance.now();
  const done = await Promise.all(
    workers.map((worker) => worker.order(kind, Math.ceil(count / workers.length))),
  );
  const sum = done.reduce((total, each) => total + each, 0);
  return sum / ((performance.now() - startedAt) / 1000);
}

async function startWorkers(emulator: EmulatorProcess): Promise<Worker[]> {
  const answers = await makeTokens(emulator, 'sdk', WORKERS * CONCURRENCY);
  const refreshTokens = answers.map((answer) => answer.refresh_token);
  return Promise.all(
    Array.from({ length: WORKERS }, (_, index) =>
      Worker.start({
        site,
        concurrency: CONCURRENCY,
        refreshTokens: refreshTokens.slice(index * CONCURRENCY, (index + 1) * CONCURRENCY),
      }),
    ),
  );
}

/** Makes creators, and the tokens of each for the audited app. */
async function makeTokens(
  emulator: EmulatorProcess,
  prefix: string,
  count: number,
): Promise<TokenAnswer[]> {
  const answers: TokenAnswer[] = [];
  let next = 0;
  const make = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      const username = `${prefix}_${index}`;
      await emulator.control('PUT', `creators/${username}`, {});
      const answer = await emulator.control('POST', 'tokens', { client_key: 'audited', username });
      // TikTok's token answer, by the control API's own description.
      answers[index] = answer as unknown as TokenAnswer;
    }
  };
  await Promise.all(Array.from({ length: 16 }, make));
  return answers;
}
