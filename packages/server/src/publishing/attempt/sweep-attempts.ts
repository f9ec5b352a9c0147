import { inInstallation, inWorkspace, type Transaction } from '../../db/database.ts';
import { preparedQuery } from '../../db/transaction.ts';
import type { Services } from '../../http/services.ts';
import { eachByItself } from '../../runtime/each-by-itself.ts';
import { type StartServices, startNextAttempt } from './start-attempt.ts';

/** How much one round takes. */
interface Round {
  readonly limit: number;
  readonly signal: AbortSignal;
}

type SweepServices = StartServices & Pick<Services, 'database' | 'log'>;

/** Accounts that are begun with at a time: each waits for the database nearly all of its time. */
const LANES = 4;

/**
 * Begins with the next post of each account that has one and is idle: what became due, or waited for a limit.
 *
 * @returns Whether there may be more.
 */
export async function sweepStartable(services: SweepServices, round: Round): Promise<boolean> {
  const { limit, signal } = round;
  const { database, log } = services;
  const accounts = await inInstallation(database, (tx) =>
    find<StartableAccount>(tx, 'startable_accounts', limit),
  );
  const inLine = accounts.filter((account) => account.is_in_line);
  const others = accounts.filter((account) => !account.is_in_line);
  await eachByItself({ log, signal, lanes: LANES }, others, (account) =>
    inWorkspace(database, account.workspace_id, (tx) =>
      startNextAttempt(services, tx, account.account_id),
    ),
  );
  await eachByItself({ log, signal }, inLine, (account) =>
    inWorkspace(database, account.workspace_id, async (tx) =>
      (await holdLine(tx)) ? startNextAttempt(services, tx, account.account_id) : 'busy',
    ),
  );
  return accounts.length === limit && !signal.aborted;
}

interface StartableAccount {
  readonly account_id: string;
  readonly workspace_id: string;
  readonly is_in_line: boolean;
}

/**
 * Lets nobody else in any process begin with an account that stood in line, until the transaction ends: who came first
 * takes the first place. Never waits; the next round comes soon.
 */
async function holdLine(tx: Transaction): Promise<boolean> {
  const query = preparedQuery<{ is_ours: boolean }>('hold_line', HOLD_LINE, []);
  return (await tx.executeQuery(query)).rows[0]?.is_ours ?? false;
}

const HOLD_LINE = 'select pg_try_advisory_xact_lock(473381, 0) as is_ours';

/** Lets uploads go on that met something that passes, and have rested. @returns Whether there may be more. */
export async function sweepResting(services: SweepServices, round: Round): Promise<boolean> {
  const { limit, signal } = round;
  const attempts = await inInstallation(services.database, (tx) =>
    find<FoundAttempt>(tx, 'attempts_to_resume', limit),
  );
  await eachByItself({ log: services.log, signal }, attempts, (attempt) =>
    goOn(services, attempt, RESUME),
  );
  return attempts.length === limit && !signal.aborted;
}

/**
 * Finds attempts that are open and that nobody works on, and lets somebody: after a fault that no run survived, or in
 * a database that was restored. It should find none.
 */
export async function sweepAbandonedAttempts(
  services: SweepServices,
  { limit, signal }: Round,
): Promise<boolean> {
  const { database, log, publishing } = services;
  for (let after = NO_ID; !signal.aborted; ) {
    const open = await inInstallation(database, (tx) => findOpen(tx, after, limit));
    const abandoned = await publishing.findAbandoned(open.map((one) => one.attempt_id));
    const orphans = open.filter((one) => abandoned.includes(one.attempt_id));
    await eachByItself({ log, signal }, orphans, async (attempt) => {
      const facts = { attempt_id: attempt.attempt_id };
      log.warn(facts, 'nobody worked on an open attempt; somebody does now');
      await goOn(services, attempt, STILL_OPEN);
    });
    const last = open.at(-1);
    if (last === undefined || open.length < limit) break;
    after = last.attempt_id;
  }
  return false;
}

/** Lets others go on with what this process claimed and never began. It should find none. */
export async function sweepForgotten({
  log,
  publishing,
}: Pick<Services, 'log' | 'publishing'>): Promise<boolean> {
  const attempts = await publishing.letGoOfForgotten();
  if (attempts > 0) log.warn({ attempts }, 'attempts were claimed and never begun; they are now');
  return false;
}

/** Goes on with everything after a clock was set back: this machine's own, or the database's. */
export async function sweepClocks({
  database,
  log,
  publishing,
}: Pick<Services, 'database' | 'log' | 'publishing'>): Promise<boolean> {
  const wasSetBack = await publishing.followMachineClock();
  if (wasSetBack) log.warn('the clock of this machine was set back; attempts are taken again');
  await inInstallation(database, (tx) =>
    tx.executeQuery(preparedQuery('forget_the_future', 'select forget_the_future()', [])),
  );
  return false;
}

/** Longer than a living process takes to make itself known again after a restart of the database; less than a round's interval. */
const GRACE_MS = 400;

/** Makes the sweep that takes over what dead processes had under way: those that were found so for {@link GRACE_MS}. */
export function takeOverSweep({
  log,
  publishing,
}: Pick<Services, 'log' | 'publishing'>): () => Promise<boolean> {
  let suspectedAt: ReadonlyMap<string, number> = new Map();
  return async () => {
    const dead = await publishing.listDeadExecutors();
    const present = performance.now();
    suspectedAt = new Map(dead.map((id) => [id, suspectedAt.get(id) ?? present]));
    const certain = dead.filter((id) => present - (suspectedAt.get(id) ?? present) >= GRACE_MS);
    const attempts = await publishing.takeOver(certain);
    if (attempts > 0)
      log.info({ attempts, executors: certain }, 'a process died: its attempts go on elsewhere');
    return false;
  };
}

interface FoundAttempt {
  readonly attempt_id: string;
  readonly workspace_id: string;
}

async function goOn(
  { database, publishing }: SweepServices,
  { attempt_id: attemptId, workspace_id: workspaceId }: FoundAttempt,
  claim: string,
): Promise<void> {
  await inWorkspace(database, workspaceId, async (tx) => {
    const { rows } = await tx.executeQuery(
      preparedQuery(`go_on_${claim.length}`, claim, [attemptId]),
    );
    if (rows.length > 0) await publishing.enqueue(tx, { workspaceId, attemptId, isAgain: true });
  });
}

const RESUME = `
update attempts set resume_at = null
where id = $1 and state = 'open' and resume_at <= app_now() returning id`;

const STILL_OPEN = `select id from attempts where id = $1 and state = 'open' and resume_at is null for update`;

const NO_ID = '00000000-0000-0000-0000-000000000000';

async function findOpen(tx: Transaction, after: string, limit: number): Promise<FoundAttempt[]> {
  const text = 'select attempt_id, workspace_id from open_attempts($1::uuid, $2::int)';
  return (await tx.executeQuery(preparedQuery<FoundAttempt>('open_attempts', text, [after, limit])))
    .rows;
}

async function find<Row>(tx: Transaction, name: string, limit: number): Promise<Row[]> {
  const query = preparedQuery<Row>(`find_${name}`, `select * from ${name}($1::int)`, [limit]);
  return (await tx.executeQuery(query)).rows;
}
