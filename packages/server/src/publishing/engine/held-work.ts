import type { Database } from '../../db/database.ts';
import { DBOS_SCHEMA } from '../../db/dbos-schema.ts';
import { translateError } from '../../db/errors.ts';
import { EXECUTOR_CLASS, SETTLED_AFTER_MS } from './executor-lock.ts';

// Which process has which work, by the rows of DBOS.

/** Name under which our work is kept apart from that of others in the schema of DBOS. */
export const APPLICATION = 'greenroom';

/** The queue that processes take attempts from. */
export const QUEUE = 'publish';

/**
 * Ids of the processes that hold work and live no more; none while the database has just started, for it knows nobody
 * yet.
 *
 * @param self - The process that asks: it lives.
 */
export async function findDeadExecutors(database: Database, self: string): Promise<string[]> {
  return ask(database, DEAD, [self]);
}

/** Ids of the workflows that a process holds. */
export async function findHeldBy(database: Database, executorId: string): Promise<string[]> {
  return ask(database, HELD, [executorId]);
}

/**
 * Lets others go on with workflows that these processes hold: with all, or with some.
 *
 * As DBOS's own `resumeWorkflows`, but nothing is taken from a process that has claimed it meanwhile.
 *
 * @returns Their ids.
 */
export async function handOver(
  database: Database,
  executorIds: readonly string[],
  workflowIds: readonly string[] | null = null,
): Promise<string[]> {
  return ask(database, HAND_OVER, [executorIds, workflowIds]);
}

const DEAD = `
select e.executor_id as id
from (select distinct executor_id from ${DBOS_SCHEMA}.workflow_status
  where status = 'PENDING' and application_name = '${APPLICATION}' and executor_id ~ '^[0-9]+$'
    and executor_id <> $1) e
where pg_postmaster_start_time()
    not between clock_timestamp() - interval '${SETTLED_AFTER_MS} milliseconds' and clock_timestamp()
  and not exists (select from pg_locks l
    where l.locktype = 'advisory' and l.classid = ${EXECUTOR_CLASS} and l.objid = e.executor_id::bigint::oid
      and l.database = (select oid from pg_database where datname = current_database()))`;

const HELD = `
select workflow_uuid as id from ${DBOS_SCHEMA}.workflow_status
where status = 'PENDING' and application_name = '${APPLICATION}' and executor_id = $1`;

const HAND_OVER = `
update ${DBOS_SCHEMA}.workflow_status
set status = 'ENQUEUED', queue_name = '${QUEUE}', owner_xid = null, recovery_attempts = 0,
  workflow_deadline_epoch_ms = null, deduplication_id = null, started_at_epoch_ms = null, completed_at = null,
  updated_at = (extract(epoch from now()) * 1000)::bigint
where status = 'PENDING' and application_name = '${APPLICATION}' and executor_id = any($1)
  and ($2::text[] is null or workflow_uuid = any($2))
returning workflow_uuid as id`;

async function ask({ pool }: Database, text: string, values: unknown[]): Promise<string[]> {
  try {
    return (await pool.query<{ id: string }>(text, values)).rows.map(({ id }) => id);
  } catch (error) {
    throw translateError(error);
  }
}
