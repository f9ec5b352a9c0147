/**
 * `npm run proof:refresh`: one refresh for a hundred callers in four processes, and no token lost in a
 * thousand `kill -9`s but those that TikTok's own rules cost.
 *
 * `--mutant no-lease` takes the lease away, `--mutant drop-pair` one pair in seven on its way into the
 * database: it must not hold then. The seed gives the deaths; when exactly a kill from outside lands, the
 * machine decides.
 */

import { Rig } from '../packages/server/test/broker/rig.ts';
import { createTemplate } from '../packages/server/test/support/test-database.ts';
import { startTestEngine } from '../packages/server/test/support/test-engine.ts';
import { runCallers } from './refresh/callers.ts';
import { type KillsOutcome, runKills } from './refresh/kills.ts';
import type { Landing } from './refresh/trail.ts';
import { type Claim, randomOf, readProofOptions, reportProof } from './report.ts';

// The rules cost a token only where a kill lands between request and commit: few kills there prove little.
const LEAST_SHARE_BETWEEN = 0.2;
const BETWEEN: readonly Landing[] = ['request sent, no answer', 'answered, not committed'];
// As soon as a request is about to be sent, no process sees that another one works on the account.
const NO_LEASE = `
  create function no_lease() returns trigger language plpgsql as $$ begin
    if new.is_unclear then new.lease_owner := null; end if;
    return new;
  end $$;
  create trigger no_lease before update on account_tokens for each row execute function no_lease()`;

// It looks stored, and the old pair is still there.
const DROP_PAIR = `
  create sequence pairs;
  create function drop_pair() returns trigger language plpgsql as $$ begin
    if new.refresh_token_sealed <> old.refresh_token_sealed and nextval('pairs') % 7 = 0 then
      new.access_token_sealed := old.access_token_sealed;
      new.refresh_token_sealed := old.refresh_token_sealed;
    end if;
    return new;
  end $$;
  grant usage on sequence pairs to greenroom_app;
  create trigger drop_pair before update on account_tokens for each row execute function drop_pair()`;
const MUTANTS: Readonly<Record<string, string>> = { 'no-lease': NO_LEASE, 'drop-pair': DROP_PAIR };

const { seed, runs, mutant } = readProofOptions({
  runs: 1000,
  quickRuns: 40,
  mutants: Object.keys(MUTANTS),
});
await using engine = await startTestEngine();
await createTemplate(engine);
await using rig = await Rig.start({}, { ownerUrl: engine.ownerUrl });
await rig.asOwner(MUTANTS[mutant ?? ''] ?? '');
const callers = await runCallers(rig);
const outcome = await runKills(rig, runs, randomOf(seed));

const share = shareBetween(outcome);
const claims: Claim[] = [
  {
    claim: `${callers.callers} callers in ${callers.processes} processes found an expired token: ${callers.refreshes} refresh at TikTok (must be 1)`,
    holds: callers.refreshes === 1,
  },
  {
    claim: `${callers.served} of ${callers.callers} callers were served`,
    holds: callers.served === callers.callers,
  },
  {
    claim: `${outcome.unforced} accounts asked to reconnect that the rules did not force (${outcome.forced} forced)`,
    holds: outcome.unforced === 0,
  },
  {
    claim: `${outcome.answered} pairs answered by TikTok = ${outcome.stored} stored + ${outcome.forced} taken by a kill between request and commit`,
    holds: outcome.answered === outcome.stored + outcome.forced,
  },
  {
    claim: `${(share * 100).toFixed(1)} % of the kills landed between request and commit (must be at least 20 %)`,
    holds: share >= LEAST_SHARE_BETWEEN,
  },
];
reportProof({
  proof: 'refresh',
  seed,
  runs: outcome.kills,
  faults: outcome.kills,
  duplicates: outcome.doubled + Math.max(0, callers.refreshes - 1),
  lost: outcome.lost,
  claims,
  tables: [
    {
      title: 'Where the kills landed',
      headings: ['in the life of a token', 'kills', '%'],
      rows: [...outcome.histogram].map(([landing, kills]) => [
        landing,
        kills,
        Number(((kills / outcome.kills) * 100).toFixed(1)),
      ]),
    },
  ],
  notes: mutant === undefined ? [] : [`mutant: ${mutant}`],
});

function shareBetween({ histogram, kills }: KillsOutcome): number {
  const between = BETWEEN.reduce((sum, landing) => sum + (histogram.get(landing) ?? 0), 0);
  return between / kills;
}
