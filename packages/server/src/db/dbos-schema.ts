import pg from 'pg';
import { APP_ROLE } from './session.ts';

/** The schema in which DBOS keeps which workflow is under way, and where. Of ours it holds ids only. */
export const DBOS_SCHEMA = 'dbos';

/**
 * Brings the tables of DBOS to the version that this Greenroom works with, and lets the role of the application use
 * their rows. The caller holds the lock of whoever changes the schema.
 *
 * Not by `DBOS.migrate`: that prints to stdout, which is for data, looks for the database by way of another one, and
 * grants more than rows.
 */
export async function migrateDbos(ownerUrl: string): Promise<void> {
  // Loaded here, because most commands never come by: it takes a tenth of a second.
  const { ensureSystemDatabase } = await import('@dbos-inc/dbos-sdk/internal/system_database');
  const { GlobalLogger } = await import('@dbos-inc/dbos-sdk/internal/telemetry/logs');
  const logger = new GlobalLogger(undefined, { logger: silent });
  const pool = new pg.Pool({
    connectionString: ownerUrl,
    max: 1,
    application_name: 'greenroom-migrate',
    connectionTimeoutMillis: 10_000,
  });
  pool.on('error', ignore);
  try {
    await ensureSystemDatabase(ownerUrl, logger, pool, DBOS_SCHEMA);
    await pool.query(GRANTS);
  } finally {
    await pool.end();
  }
}

const GRANTS = `
grant usage on schema ${DBOS_SCHEMA} to ${APP_ROLE};
grant select, insert, update, delete on all tables in schema ${DBOS_SCHEMA} to ${APP_ROLE};
grant usage on all sequences in schema ${DBOS_SCHEMA} to ${APP_ROLE};
revoke execute on all functions in schema ${DBOS_SCHEMA} from public;
grant execute on all functions in schema ${DBOS_SCHEMA} to ${APP_ROLE}`;

const ignore = () => undefined;
// What goes wrong is thrown.
const silent = { info: ignore, debug: ignore, warn: ignore, error: ignore };
