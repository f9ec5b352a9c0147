import type { DatabaseConnection, Driver, Kysely, PostgresDialect, QueryResult } from 'kysely';
import { CompiledQuery, Transaction as KyselyTransaction, SingleConnectionProvider } from 'kysely';
import type pg from 'pg';
import { translateError } from './errors.ts';
import type { Tables } from './tables.ts';

/** Queries of one transaction, typed by our tables. */
export type Transaction = KyselyTransaction<Tables>;

/**
 * Runs `work` in one transaction of a pooled connection.
 *
 * Written by hand instead of `kysely.transaction()`, so that `begin` carries the scope in the same round trip:
 * a scope costs nothing then, and none can be forgotten.
 *
 * @param begin - Statements that open the transaction, trusted SQL.
 * @throws {DatabaseUnavailableError} If the connection could not be made, or was lost.
 */
export async function runTransaction<T>(
  pool: pg.Pool,
  binder: TransactionBinder,
  begin: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const client = await translated(pool.connect());
  // A connection that breaks between two queries says so by an event, which would end the process unheard.
  const ignore = () => undefined;
  client.on('error', ignore);
  let isBroken = true;
  try {
    const result = await attempt(client, binder, begin, work);
    isBroken = false;
    return result;
  } catch (error) {
    isBroken = !(await rollBack(client));
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(isBroken);
  }
}

async function attempt<T>(
  client: pg.PoolClient,
  binder: TransactionBinder,
  begin: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  await translated(client.query(begin));
  const result = await work(binder.bind(client));
  const { command } = await translated(client.query('commit'), true);
  // PostgreSQL answers a commit of a failed transaction by a roll-back, without an error.
  if (command !== 'COMMIT') {
    throw new Error('A statement of the transaction failed, and its error was swallowed');
  }
  return result;
}

/** What a statement gives, or its error by our names. Errors of the work itself are none of ours. */
async function translated<T>(statement: Promise<T>, isCommit = false): Promise<T> {
  try {
    return await statement;
  } catch (error) {
    throw translateError(error, isCommit);
  }
}

/** Whether the connection may be used again. */
async function rollBack(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
    return true;
  } catch {
    // The connection is gone, and its transaction with it: the error that led here says more.
    return false;
  }
}

/**
 * A statement that each connection parses and plans once: for the few on a hot path, where that is half of the work.
 *
 * Only for a fixed text that names the columns it wants: a plan of `select *` breaks when a migration adds a column.
 *
 * @param statementName - Its name on the connection; one text each.
 * @example
 * ```ts
 * await tx.executeQuery(preparedQuery<{ id: string }>('find_account', 'select id from accounts where id = $1', [id]));
 * ```
 */
export function preparedQuery<R>(
  statementName: string,
  text: string,
  values: readonly unknown[],
): CompiledQuery<R> {
  const query: PreparedQuery = { ...CompiledQuery.raw(text, [...values]), statementName };
  return query as CompiledQuery<R>; // as: what the rows are is the caller's word, as in `sql<R>`.
}

interface PreparedQuery extends CompiledQuery {
  readonly statementName: string;
}

function isPrepared(query: CompiledQuery): query is PreparedQuery {
  return 'statementName' in query;
}

/**
 * The connection of a transaction, for what writes in it without Kysely.
 *
 * @throws {TypeError} If the transaction is none that this part began.
 */
export function clientOf(tx: Transaction): pg.PoolClient {
  if (!(tx instanceof BoundTransaction)) throw new TypeError('The transaction has no connection');
  return tx.client;
}

/** A transaction that knows its connection. */
class BoundTransaction extends KyselyTransaction<Tables> {
  readonly client: pg.PoolClient;

  constructor(props: ConstructorParameters<typeof KyselyTransaction>[0], client: pg.PoolClient) {
    super(props);
    this.client = client;
  }
}

/** Makes Kysely speak over connections that are in a transaction already. */
export class TransactionBinder {
  readonly #kysely: Kysely<Tables>;
  readonly #dialect: PostgresDialect;
  readonly #driver: Driver;

  constructor(kysely: Kysely<Tables>, dialect: PostgresDialect) {
    this.#kysely = kysely;
    this.#dialect = dialect;
    // Kysely wants one and never asks it for a connection: the executor below brings its own.
    this.#driver = dialect.createDriver();
  }

  /** Kysely over this connection. */
  bind(client: pg.PoolClient): Transaction {
    const connection = new SingleConnectionProvider(new ClientConnection(client));
    const props = {
      config: { dialect: this.#dialect },
      dialect: this.#dialect,
      driver: this.#driver,
      executor: this.#kysely.getExecutor().withConnectionProvider(connection),
    };
    return new BoundTransaction(props, client);
  }
}

/** One pooled connection as Kysely speaks to it. */
class ClientConnection implements DatabaseConnection {
  readonly #client: pg.PoolClient;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { command, rowCount, rows } = await translated(
      this.#client.query({
        ...(isPrepared(query) ? { name: query.statementName } : {}),
        text: query.sql,
        values: [...query.parameters],
      }),
    );
    const isWrite = /^(INSERT|UPDATE|DELETE|MERGE)$/.test(command);
    return isWrite ? { rows, numAffectedRows: BigInt(rowCount ?? 0) } : { rows };
  }

  // biome-ignore lint/correctness/useYield: Kysely's interface asks for it; rows are read in pages here.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Read in pages: streams are not supported');
  }
}
