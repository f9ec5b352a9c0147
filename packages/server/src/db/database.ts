import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { roleNotGranted } from './app-role.ts';
import { Clock, followClock } from './clock.ts';
import { poolEnder } from './end-pool.ts';
import { codeOf } from './errors.ts';
import type { LastingConnection } from './lasting-connection.ts';
import { PreparingClient } from './preparing-client.ts';
import { requireCurrentSchema } from './schema-version.ts';
import { sessionSettings, typeParsers } from './session.ts';
import type { Tables } from './tables.ts';
import { runTransaction, type Transaction, TransactionBinder } from './transaction.ts';

export type { Transaction } from './transaction.ts';

/** How the pool is made. */
export interface DatabaseOptions {
  /** Address of the database, with user and password; the user owns the schema. */
  readonly url: string;
  /** Connections that the pool may hold at most. Default 10. */
  readonly maxConnections?: number;
  /** What PostgreSQL's administrator sees in `pg_stat_activity`. Default `greenroom`. */
  readonly applicationName?: string;
  /** How long to wait for a free or new connection. Default 10 s. */
  readonly connectTimeoutMs?: number;
  /** Longest run of one statement. Default 30 s. */
  readonly statementTimeoutMs?: number;
  /** Longest wait for a lock. Default 10 s. */
  readonly lockTimeoutMs?: number;
  /** Longest silence inside a transaction. Default 60 s. */
  readonly idleTransactionTimeoutMs?: number;
  /** Hears of idle connections that broke; the pool has dropped them already. */
  readonly onIdleError?: (error: Error) => void;
}

/** The pool, Kysely over it, and the clock that follows it. */
export interface Database {
  /** Connections that took the role of the application. */
  readonly pool: pg.Pool;
  /** Queries outside a transaction: no workspace is set, so row-level security shows no tenant's rows. */
  readonly kysely: Kysely<Tables>;
  /** Follows `app_now()`. */
  readonly clock: Clock;
  /** Opens a transaction by trusted statements; prefer `inWorkspace` and `inInstallation`. */
  transaction<T>(begin: string, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Waits for connections in use, and ends all: the server has closed them then. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens the pool on a database whose schema is this version's own.
 *
 * @throws {DatabaseUnavailableError} If it cannot be reached.
 * @throws {DatabaseError} If its schema is newer or older than this version of Greenroom.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const pool = createPool(options);
  const endPool = poolEnder(pool);
  const clock = new Clock();
  try {
    await requireCurrentSchema(pool);
    const follower = await followClock(clock, pool, options.url);
    return createDatabase({ pool, endPool, clock, follower });
  } catch (error) {
    await endPool();
    throw codeOf(error) === '42501' ? roleNotGranted(options.url, error) : error;
  }
}

/**
 * Runs `work` in a transaction that sees and writes the rows of one workspace.
 *
 * @throws {RangeError} If the id is not a UUID.
 * @throws {DatabaseUnavailableError} If the connection could not be made, or was lost.
 */
export async function inWorkspace<T>(
  database: Database,
  workspaceId: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  // The id goes into the statement's text, because `set` takes no parameters.
  if (!uuid.test(workspaceId)) throw new RangeError('A workspace id is a UUID');
  return database.transaction(`begin; set local greenroom.workspace_id = '${workspaceId}'`, work);
}

/** Runs `work` in a transaction of no workspace: it sees the installation's own rows only. */
export function inInstallation<T>(
  database: Database,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return database.transaction('begin', work);
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface Parts {
  readonly pool: pg.Pool;
  readonly endPool: () => Promise<void>;
  readonly clock: Clock;
  readonly follower: LastingConnection | undefined;
}

function createDatabase({ clock, endPool, follower, pool }: Parts): Database {
  const dialect = new PostgresDialect({ pool });
  const kysely = new Kysely<Tables>({ dialect });
  const binder = new TransactionBinder(kysely, dialect);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= Promise.all([endPool(), follower?.close()]).then(() => undefined);
    return closing;
  };
  return {
    pool,
    kysely,
    clock,
    transaction: (begin, work) => runTransaction(pool, binder, begin, work),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createPool(options: DatabaseOptions): pg.Pool {
  const settings = sessionSettings({
    statementTimeoutMs: options.statementTimeoutMs ?? 30_000,
    lockTimeoutMs: options.lockTimeoutMs ?? 10_000,
    idleTransactionTimeoutMs: options.idleTransactionTimeoutMs ?? 60_000,
  });
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections ?? 10,
    application_name: options.applicationName ?? 'greenroom',
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    // What is sent without waiting travels together: `begin` with the first statement, the last ones with `commit`.
    pipeline: true,
    types: typeParsers,
    Client: PreparingClient,
    // oxlint-disable-next-line typescript/no-misused-promises -- The pool awaits it; only its types do not say so.
    onConnect: (client) => client.query(settings),
  });
  // pg hides a password from whoever prints the pool, but not the address that it is in.
  Object.defineProperty(pool.options, 'connectionString', { enumerable: false });
  // Without a listener a broken idle connection would end the process.
  pool.on('error', (error) => options.onIdleError?.(error));
  // So would one that somebody holds: pg tells the holder by the failed statement, and by this event once more.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
