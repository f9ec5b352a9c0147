import { sql } from 'kysely';
import { type Database, inInstallation, type Transaction } from '../../db/database.ts';
import { preparedQuery } from '../../db/transaction.ts';
import { type Circuit, CLOSED, PROBE_MS } from './circuit-rules.ts';
import type { CircuitState } from './tables.ts';

/** A circuit that is not closed, or has failures. */
export interface CircuitRow {
  /** `tiktok`, or the id of an account. */
  readonly subject: string;
  readonly state: CircuitState;
  readonly failures: number;
  readonly retry_at: Date | null;
  /** Milliseconds from now, by the database's clock. */
  readonly retry_in_ms: number | null;
  readonly last_error: string | null;
  readonly changed_at: Date;
}

/** Reads all circuits that are not closed, or have failures: a handful, whatever the number of accounts. */
export async function selectCircuits(tx: Transaction): Promise<CircuitRow[]> {
  return (await tx.executeQuery(preparedQuery<CircuitRow>('select_circuits', SELECT, []))).rows;
}

/** Changes one circuit by a rule, while nobody else does. */
export async function changeCircuit(
  database: Database,
  subject: string,
  lastError: string,
  rule: (circuit: Circuit) => Circuit,
): Promise<Circuit> {
  return inInstallation(database, async (tx) => {
    const next = rule(await lockCircuit(tx, subject));
    await sql`
      update circuits set state = ${next.state}, failures = ${next.failures},
        accounts = ${[...next.accounts]}::uuid[], openings = ${next.openings}, last_error = ${lastError},
        retry_at = app_now() + make_interval(secs => ${next.retryInMs}::float8 / 1000),
        changed_at = app_now()
      where subject = ${subject}`.execute(tx);
    return next;
  });
}

/** Lets one caller try, if it is time to; everybody else goes on waiting for what becomes of it. */
export async function claimProbe(database: Database, subject: string): Promise<boolean> {
  return inInstallation(database, async (tx) => {
    const { rows } = await sql`
      update circuits set state = 'half_open', changed_at = app_now(),
        retry_at = app_now() + make_interval(secs => ${PROBE_MS}::float8 / 1000)
      where subject = ${subject} and state <> 'closed' and retry_at <= app_now()
      returning subject`.execute(tx);
    return rows.length > 0;
  });
}

/** Closes circuits. */
export async function closeCircuits(
  database: Database,
  subjects: readonly string[],
): Promise<number> {
  return inInstallation(database, async (tx) => {
    const { rows } = await sql`
      delete from circuits where subject = any(${[...subjects]}) returning subject`.execute(tx);
    return rows.length;
  });
}

/** Forgets what nobody has heard of for a day: accounts that are not used any more. */
export async function deleteOldCircuits(database: Database): Promise<void> {
  await inInstallation(database, (tx) =>
    sql`delete from circuits where changed_at < app_now() - interval '1 day'
      and (retry_at is null or retry_at < app_now())`.execute(tx),
  );
}

async function lockCircuit(tx: Transaction, subject: string): Promise<Circuit> {
  await sql`
    insert into circuits (subject, state, changed_at) values (${subject}, 'closed', app_now())
    on conflict (subject) do nothing`.execute(tx);
  const { rows } = await sql<Circuit & { is_old: boolean }>`
    select state, failures, accounts, openings,
      (extract(epoch from retry_at - app_now()) * 1000)::float8 as "retryInMs",
      state = 'closed' and changed_at < app_now() - interval '10 minutes' as is_old
    from circuits where subject = ${subject} for update`.execute(tx);
  const [row] = rows;
  // A success deletes the row, so it may be gone between the two.
  if (row === undefined) return lockCircuit(tx, subject);
  return row.is_old ? CLOSED : row;
}

// From this moment: the transaction may have begun a while ago.
const SELECT = `
select subject, state, failures, retry_at, last_error, changed_at,
  (extract(epoch from retry_at - app_clock()) * 1000)::float8 as retry_in_ms
from circuits`;
