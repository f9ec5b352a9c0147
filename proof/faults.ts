/**
 * `npm run proof:faults`: every error code and `fail_reason` that TikTok documents, at every endpoint that a post
 * passes, on every way, and answers that never came or not whole. Each has to end in the right state, with the right
 * words, and TikTok must not have the post twice.
 */
import { listFaultCases } from './faults/expectations.ts';
import { judge } from './faults/judge.ts';
import { Lane } from './faults/lane.ts';
import { runCase } from './faults/run-case.ts';
import { randomOf, readProofOptions, reportProof } from './report.ts';

/** More than there are: all. */
const ALL = 1_000_000;

const { seed, runs, isQuick } = readProofOptions({ runs: ALL, quickRuns: 24 });
const random = randomOf(seed);
const cases = listFaultCases()
  // Half a minute each.
  .filter(({ action }) => !isQuick || action.delay_ms === undefined)
  .map((test) => ({ test, at: random() }))
  .sort((a, b) => a.at - b.at)
  .slice(0, runs)
  .map(({ test }) => test);
const rows: (string | number)[][] = [];
let duplicates = 0;
let lost = 0;
let wrong = 0;
let faults = 0;

await Promise.all(
  (['upload', 'pull'] as const).map(async (transfer) => {
    await using lane = await Lane.open(transfer);
    for (const test of cases.filter(({ way }) => way.transfer === transfer)) {
      if (test.scene === 'cancel') lane.hold();
      const result = await runCase(lane, test);
      const verdict = judge(test, result);
      duplicates += verdict.duplicates;
      lost += verdict.lost;
      faults += result.applied;
      if (verdict.wrongs.length > 0) wrong += 1;
      const { completed, inits, reason, state, waited } = result;
      const allowed = test.expected.inits.join(' to ');
      rows.push([
        test.way.name,
        test.endpoint,
        test.fault,
        state,
        [waited, reason].filter(Boolean).join(', then '),
        `${inits} of ${allowed}`,
        completed,
        verdict.wrongs.join('; ') || 'as it should',
      ]);
      process.stderr.write(`${rows.at(-1)?.join(' | ')}\n`);
    }
  }),
);
reportProof({
  proof: 'faults',
  seed,
  runs: rows.length,
  faults,
  duplicates,
  lost,
  claims: [
    {
      claim: `${wrong} of ${rows.length} faults came to something else than the table says (must be 0)`,
      holds: wrong === 0,
    },
  ],
  tables: [
    {
      title: 'What came of each fault',
      headings: ['way', 'endpoint', 'fault', 'state', 'reason', 'inits', 'posts', 'verdict'],
      rows: rows.toSorted((a, b) => a.join().localeCompare(b.join())),
    },
  ],
});
