/**
 * `npm run bench:broker`: token hand-outs of a warm broker, each audited before the token is used, beside a bare
 * transaction through the same pool that sets the scope, selects by index and inserts into the same audit log.
 */
import { randomBytes } from 'node:crypto';
import { toContext } from '../packages/server/dist/accounts/broker/broker-context.js';
import { handOut } from '../packages/server/dist/accounts/broker/hand-out.js';
import { Refresher } from '../packages/server/dist/accounts/broker/refresher.js';
import { type BenchAccount, connectAccounts, openParts, startSite } from './broker/site.ts';
import { isQuick, median, type Row, report } from './report.ts';

const CALLERS = 32;
const ACCOUNTS = 1_000;
const PER_WORKSPACE = 100;
const ROUNDS = isQuick() ? 5 : 11;
const ROUND_MS = isQuick() ? 1_000 : 3_000;

// Nobody is asked: all tokens are fresh.
const { site, engine } = await startSite('http://127.0.0.1:9');
try {
  await using parts = await openParts(site);
  const accounts = await connectAccounts(parts, makeAnswers(), PER_WORKSPACE);
  const context = toContext(parts.options);
  const refresher = new Refresher(context);
  const actor = { kind: 'system', id: 'bench' } as const;
  const ours = async ({ workspaceId, accountId }: BenchAccount) => {
    await handOut(context, refresher, { workspaceId, accountId, actor, reason: 'bench' }, {});
  };
  const bare = async ({ workspaceId, accountId }: BenchAccount) => {
    const client = await parts.database.pool.connect();
    try {
      await client.query('begin');
      await client.query("select set_config('greenroom.workspace_id', $1, true)", [workspaceId]);
      await client.query(
        'select access_token_sealed, access_expires_at from account_tokens where account_id = $1',
        [accountId],
      );
      await client.query(
        `insert into activity
           (workspace_id, actor_kind, actor_id, action, account_id, subject_id, reason, details)
         values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [workspaceId, 'system', 'bench', 'token.handed_out', accountId, null, 'bench', '{}'],
      );
      await client.query('commit');
    } finally {
      client.release();
    }
  };
  const rows = await measure(accounts, ours, bare);
  report('broker', rows, [
    `${CALLERS} callers at once on ${ACCOUNTS} accounts, median of ${ROUNDS} rounds of ${ROUND_MS / 1000} s, by turns`,
    'PostgreSQL does not wait for the disk here: waiting would favour us',
  ]);
} finally {
  await engine.stop();
}

type Work = (account: BenchAccount) => Promise<void>;

async function measure(accounts: readonly BenchAccount[], ours: Work, bare: Work): Promise<Row[]> {
  // Unwraps the data keys of all workspaces and opens the pool: from here on both are warm.
  for (const account of accounts) await ours(account);
  await run(accounts, ours);
  await run(accounts, bare);
  const figures: { ours: number; bare: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // Each goes first in turn, so that what grows or ages meets both.
    const isOursFirst = round % 2 === 0;
    const first = await run(accounts, isOursFirst ? ours : bare);
    const second = await run(accounts, isOursFirst ? bare : ours);
    figures.push(isOursFirst ? { ours: first, bare: second } : { ours: second, bare: first });
  }
  return [
    {
      figure: 'audited hand-outs a second',
      ours: median(figures.map((figure) => figure.ours)),
      reference: median(figures.map((figure) => figure.bare)),
      reference_name: 'set_config, select, insert in one bare transaction',
      must: { at_least: 0.7 },
    },
  ];
}

/** Lets the callers work for one round; how many a second they did. */
async function run(accounts: readonly BenchAccount[], work: Work): Promise<number> {
  const startedAt = performance.now();
  let done = 0;
  const caller = async (start: number) => {
    for (let index = start; performance.now() - startedAt < ROUND_MS; index += CALLERS) {
      const account = accounts[index % accounts.length];
      if (account !== undefined) await work(account);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, index) => caller(index)));
  return done / ((performance.now() - startedAt) / 1000);
}

function makeAnswers() {
  return Array.from({ length: ACCOUNTS }, (_, index) => ({
    access_token: `act.${randomBytes(48).toString('base64url')}`,
    refresh_token: `rft.${randomBytes(48).toString('base64url')}`,
    open_id: `creator-${index}`,
    // Fresh for as long as a bench may run.
    expires_in: 86_400,
    refresh_expires_in: 15_552_000,
    scope: 'user.info.basic,video.publish',
  }));
}
