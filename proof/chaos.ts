/**
 * `npm run proof:chaos`: posts are published while processes are killed, clocks jump, the database restarts and TikTok
 * does things wrong, as a seed draws it. TikTok's own ledger says whether each post is there once.
 *
 * Plan number n of a run is drawn from its seed + n: `--seed SEED --runs 1` plays one again. `--mutant resend-init`
 * forgets that an init was sent: it must not hold then.
 */

import { Installation } from './chaos/installation.ts';
import { drawPlan, type Plan } from './chaos/plan.ts';
import { type PlanResult, runPlan } from './chaos/run-plan.ts';
import { type BrokenPlan, summarize } from './chaos/summary.ts';
import { MUTANTS } from './crash/mutants.ts';
import { readProofOptions, reportProof } from './report.ts';

/** Plans that one installation plays before a new one takes its place. */
const PLANS_OF_AN_INSTALLATION = 40;

const { mutant, runs, seed } = readProofOptions({
  runs: 300,
  quickRuns: 5,
  mutants: Object.keys(MUTANTS),
});
const plans = Array.from({ length: runs }, (_, number) => drawPlan(seed + number));
const startedAt = performance.now();
const results: PlanResult[] = [];
const broken: BrokenPlan[] = [];
let serials = 0;

// How videos get to TikTok is a setting of the installation: two of them play beside each other.
await Promise.all(
  (['upload', 'pull'] as const).map((transfer) =>
    playAll(
      transfer,
      plans.filter((plan) => plan.transfer === transfer),
    ),
  ),
);
reportProof(summarize(seed, results, broken));

async function playAll(transfer: Plan['transfer'], own: readonly Plan[]): Promise<void> {
  for (let from = 0; from < own.length; from += PLANS_OF_AN_INSTALLATION) {
    await using installation = await Installation.start(transfer);
    await installation.owner.query(MUTANTS[mutant ?? '']?.sql ?? 'select');
    for (const plan of own.slice(from, from + PLANS_OF_AN_INSTALLATION)) {
      await play(installation, plan);
    }
  }
}

async function play(installation: Installation, plan: Plan): Promise<void> {
  const serial = () => {
    serials += 1;
    return serials;
  };
  try {
    const result = await runPlan(installation, plan, serial);
    results.push(result);
    say(plan, result);
  } catch (error) {
    broken.push({ seed: plan.seed, error: error instanceof Error ? error.message : String(error) });
    process.stderr.write(`plan ${plan.seed} broke: ${String(error)}\n`);
  }
}

function say({ seed: of, transfer }: Plan, { landings, seconds, verdicts }: PlanResult): void {
  const at = Math.round((performance.now() - startedAt) / 1000);
  const wrong = verdicts.filter(({ isDuplicate, isLost }) => isDuplicate || isLost).length;
  const words = `plan ${of} (${transfer}): ${verdicts.length} posts, ${wrong} wrong, kills in ${landings.join(', ') || 'nobody'}`;
  process.stderr.write(`${String(at).padStart(5)} s  ${words}, ${seconds.toFixed(1)} s\n`);
}
