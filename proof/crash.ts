/**
 * `npm run proof:crash`: `kill -9` at every await of the publish path, for each flow of a post, on the embedded engine
 * and on PostgreSQL with three workers. TikTok's own ledger says whether a post is there once.
 *
 * A run that is stopped goes on where it was with the same `--seed`. `--mutant resend-init` forgets that an init was
 * sent: it must not hold then.
 */

import { createTemplate } from '../packages/server/test/support/test-database.ts';
import { startTestEngine } from '../packages/server/test/support/test-engine.ts';
import { Arena } from './crash/arena.ts';
import { runCampaign } from './crash/campaign.ts';
import { FLOWS, type Transfer } from './crash/flows.ts';
import { MUTANTS } from './crash/mutants.ts';
import { type Engine, Progress, type Target } from './crash/progress.ts';
import { summarize } from './crash/summary.ts';
import { randomOf, readProofOptions, reportProof } from './report.ts';

const ENGINES: readonly Engine[] = ['embedded', 'postgresql'];
const TRANSFERS: readonly Transfer[] = ['upload', 'pull'];
/** More than there are: all. */
const ALL = 1_000_000;

const options = readProofOptions({
  runs: ALL,
  quickRuns: 20,
  mutants: Object.keys(MUTANTS),
});
const { seed, runs, mutant, isQuick } = options;
const isSample = runs < ALL;
// A sample is over in minutes: it begins anew each time.
const progress = Progress.open(`seed-${seed}${mutant === undefined ? '' : `-${mutant}`}`);
if (isSample) progress.remove();

await using engine = await startTestEngine();
await createTemplate(engine);
const campaigns = ENGINES.flatMap((name) => TRANSFERS.map((transfer) => ({ name, transfer })));
const started = performance.now();
const say = (words: string) => {
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stderr.write(`${String(seconds).padStart(5)} s  ${words}\n`);
};
await Promise.all(
  campaigns.map(async ({ name, transfer }, index) => {
    const random = randomOf(seed + index);
    const flows = FLOWS.filter((flow) => flow.transfer === transfer && (!isQuick || flow.isQuick));
    const ownerUrl = name === 'embedded' ? undefined : engine.ownerUrl;
    await using arena = await Arena.open(ownerUrl, transfer, flows);
    await arena.site.owner.query(MUTANTS[mutant ?? ''] ?? '');
    const choose = (targets: readonly Target[]) =>
      shuffle(targets, random).slice(0, Math.ceil(runs / campaigns.length));
    await runCampaign({ arena, engine: name, flows, progress, choose, say });
  }),
);
reportProof(summarize({ ...options, isSample, progress }));
progress.remove();

function shuffle<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
