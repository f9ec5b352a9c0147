/**
 * `npm run proof:crash`: `kill -9` at every await of the publish path, for each flow of a post, on the embedded engine
 * and on PostgreSQL with three workers. TikTok's own ledger says whether a post is there once.
 *
 * A run that is stopped goes on where it was with the same `--seed`. `--only poll-post.ts:95` kills at places whose name
 * has this in it, as the report writes them. `--mutant resend-init` forgets that an init was
 * sent: it must not hold then.
 */

import { createTemplate } from '../packages/server/test/support/test-database.ts';
import { startTestEngine } from '../packages/server/test/support/test-engine.ts';
import { Arena } from './crash/arena.ts';
import { type Campaign, explore, runTargets } from './crash/campaign.ts';
import { FLOWS, type Flow, type Transfer } from './crash/flows.ts';
import { MUTANTS } from './crash/mutants.ts';
import { planSecondTargets, planTargets } from './crash/plan.ts';
import { type Engine, Progress, type Target } from './crash/progress.ts';
import { summarize } from './crash/summary.ts';
import { randomOf, readProofOptions, reportProof } from './report.ts';
import { Places } from './support/places.ts';

const ENGINES: readonly Engine[] = ['embedded', 'postgresql'];
const TRANSFERS: readonly Transfer[] = ['upload', 'pull'];
/** On two cores more delay who goes on after a kill, and fewer leave the cores idle. */
const CASES_AT_A_TIME = 3;
/** More than there are: all. */
const ALL = 1_000_000;

const options = readProofOptions({
  runs: ALL,
  quickRuns: 12,
  mutants: Object.keys(MUTANTS),
  takesOnly: true,
});
const { seed, runs, mutant, isQuick, only } = options;
const protection = MUTANTS[mutant ?? ''];
// A mutant is killed where it shows alone: most places are not come to then.
const isSample = runs < ALL || only !== undefined || mutant !== undefined;
// A sample is over in minutes: it begins anew each time.
const progress = Progress.open(`seed-${seed}${mutant === undefined ? '' : `-${mutant}`}`);
if (isSample) progress.remove();

await using engine = await startTestEngine();
await createTemplate(engine);
const started = performance.now();
const say = (words: string) => {
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stderr.write(`${String(seconds).padStart(5)} s  ${words}\n`);
};
const places = new Places(CASES_AT_A_TIME);
await using arenas = new AsyncDisposableStack();
const campaigns = await allOf(
  listLanes()
    .filter(({ engine: name, transfer }) => mutant === undefined || showsIn(name, transfer))
    .map(openCampaign),
);
await allOf(campaigns.map(explore));
const share = Math.ceil(runs / campaigns.length);
// A sample of second kills costs twice as much, and is worth as much.
for (const { plan, most } of [
  { plan: planTargets, most: share },
  { plan: planSecondTargets, most: Math.ceil(share / 3) },
]) {
  await allOf(
    campaigns.map((campaign, index) => {
      const { engine: name, flows } = campaign;
      const targets = plan(progress, name, flows).filter(isWanted);
      return runTargets(campaign, shuffle(targets, randomOf(seed + index)).slice(0, most));
    }),
  );
}
reportProof(summarize({ ...options, isSample, progress }));
progress.remove();

/** A mutant shows where TikTok pulls from a process that is not killed. */
function showsIn(name: Engine, transfer: Transfer): boolean {
  return name === 'postgresql' && transfer === 'pull';
}

function isWanted({ deaths: { first, second } }: Target): boolean {
  if (only !== undefined) return (second ?? first).site.includes(only);
  return protection === undefined || protection.sites.test(first.site);
}

/** Waits for all of them before one that failed ends the proof: none is left alone with what is being closed. */
async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** Flows that follow each other in an installation of their own, beside the others. */
interface Lane {
  readonly engine: Engine;
  readonly transfer: Transfer;
  readonly flows: readonly Flow[];
}

function listLanes(): Lane[] {
  return ENGINES.flatMap((name) =>
    TRANSFERS.flatMap((transfer) => {
      const flows = FLOWS.filter((flow) => flow.transfer === transfer && (!isQuick || flow.isMain));
      if (isQuick || name === 'postgresql') return [{ engine: name, transfer, flows }];
      // A case waits most of its time for the start of the one process. With one installation for all flows, the
      // embedded engine would go on alone when the rest is done, so it has two: direct videos are about half its cases.
      const isDirectVideo = ({ media, mode }: Flow) => media !== 'photos' && mode === 'DIRECT_POST';
      const halves = [flows.filter(isDirectVideo), flows.filter((flow) => !isDirectVideo(flow))];
      return halves.map((half) => ({
        engine: name,
        transfer,
        flows: half,
      }));
    }),
  );
}

async function openCampaign({ engine: name, flows, transfer }: Lane): Promise<Campaign> {
  const ownerUrl = name === 'embedded' ? undefined : engine.ownerUrl;
  const arena = arenas.use(await Arena.open(ownerUrl, transfer, flows));
  if (protection !== undefined) await arena.site.owner.query(protection.sql);
  return { arena, engine: name, flows, progress, places, say };
}

function shuffle<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
