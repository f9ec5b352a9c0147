import { inInstallation, inWorkspace, type Transaction } from '../db/database.ts';
import { preparedQuery } from '../db/transaction.ts';
import type { Services } from '../http/services.ts';
import { type StartServices, startNextAttempt } from './start-attempt.ts';

/** How much one round takes. */
interface Round {
  readonly limit: number;
  readonly signal: AbortSignal;
}

type SweepServices = StartServices & Pick<Services, 'database'>;

/**
 * Begins with the next post of each account that has one and is idle: what became due, or waited for a limit.
 *
 * @returns Whether there may be more.
 */
export async function sweepStartable(services: SweepServices, round: Round): Promise<boolean> {
  const { limit, signal } = round;
  const accounts = await inInstallation(services.database, (tx) =>
    find<{ account_id: string; workspace_id: string }>(tx, 'startable_accounts', limit),
  );
  for (const { account_id: accountId, workspace_id: workspaceId } of accounts) {
    if (signal.aborted) return false;
    await inWorkspace(services.database, workspaceId, (tx) =>
      startNextAttempt(services, tx, accountId),
    );
  }
  return accounts.length === limit;
}

/** Lets uploads go on that met something that passes, and have rested. @returns Whether there may be more. */
export async function sweepResting(services: SweepServices, round: Round): Promise<boolean> {
  const { limit, signal } = round;
  const attempts = await inInstallation(services.database, (tx) =>
    find<FoundAttempt>(tx, 'attempts_to_resume', limit),
  );
  for (const attempt of attempts) {
    if (signal.aborted) return false;
    await goOn(services, attempt, RESUME);
  }
  return attempts.length === limit;
}

/**
 * Finds attempts that are open and that nobody works on, and lets somebody: after a fault that no run survived, or in
 * a database that was restored. It should find none.
 */
export async function sweepAbandonedAttempts(
  services: SweepServices & Pick<Services, 'log'>,
  round: Round,
): Promise<boolean> {
  const { limit, signal } = round;
  const open = await inInstallation(services.database, (tx) =>
    find<FoundAttempt>(tx, 'open_attempts', limit),
  );
  const abandoned = await services.publishing.findAbandoned(open.map((one) => one.attempt_id));
  for (const attempt of open.filter((one) => abandoned.includes(one.attempt_id))) {
    if (signal.aborted) return false;
    services.log.warn(
      { attempt_id: attempt.attempt_id },
      'nobody worked on an open attempt; somebody does now',
    );
    await goOn(services, attempt, STILL_OPEN);
  }
  return false;
}

/**
 * Makes the sweep that takes over what dead processes had under way. A process counts as dead once two rounds found it
 * so: after a restart of the database all have to make themselves known again.
 */
export function takeOverSweep({
  log,
  publishing,
}: Pick<Services, 'log' | 'publishing'>): () => Promise<boolean> {
  let suspects: readonly string[] = [];
  return async () => {
    const dead = await publishing.listDeadExecutors();
    const certain = dead.filter((executorId) => suspects.includes(executorId));
    suspects = dead;
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

async function find<Row>(tx: Transaction, name: string, limit: number): Promise<Row[]> {
  const query = preparedQuery<Row>(`find_${name}`, `select * from ${name}($1::int)`, [limit]);
  return (await tx.executeQuery(query)).rows;
}
