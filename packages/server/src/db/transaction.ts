import type {
  AbortableQueryOptions,
  Compilable,
  DatabaseConnection,
  Driver,
  Kysely,
  PostgresDialect,
  QueryResult,
} from 'kysely';
import { CompiledQuery, Transaction as KyselyTransaction, SingleConnectionProvider } from 'kysely';
import type pg from 'pg';
import { DatabaseUnavailableError, translateError } from './errors.ts';
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
    // One to a server that became read-only lives, and leads nowhere any more.
    isBroken = !(await rollBack(client)) || error instanceof DatabaseUnavailableError;
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
  // Not waited for: it travels with the first statement, which fails with it. That one sees no workspace's rows then.
  sendTogether(client);
  const begun = translated(client.query(begin));
  begun.catch(() => undefined);
  const tx = binder.bind(client, begun);
  const result = await work(tx);
  await begun;
  const { command } = await commit(tx);
  // PostgreSQL answers a commit of a failed transaction by a roll-back, without an error.
  if (command !== 'COMMIT') {
    throw new Error('A statement of the transaction failed, and its error was swallowed');
  }
  return result;
}

/** What is sent until this turn of the event loop ends leaves in one write: each is a call of the system of its own. */
function sendTogether({ connection: { stream } }: pg.PoolClient): void {
  stream.cork();
  process.nextTick(() => stream.uncork());
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

function toStatement(query: CompiledQuery): pg.QueryConfig {
  const { parameters, sql: text } = query;
  return {
    ...(isPrepared(query) ? { name: query.statementName } : {}),
    text,
    values: [...parameters],
  };
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

/**
 * Writes rows at the end of a transaction, right before it is committed: what its parts write one by one goes into one
 * statement. If that fails, nothing is committed.
 *
 * @param toInsert - Makes the statement for all rows that were given with it, in their order.
 * @throws {TypeError} If the transaction is none that this part began.
 */
export function writeAtCommit<Row>(
  tx: Transaction,
  toInsert: (rows: readonly Row[]) => CompiledQuery,
  rows: readonly Row[],
): void {
  if (!(tx instanceof BoundTransaction)) throw new TypeError('The transaction has no end');
  const key = toInsert as ToInsert; // as: it gets only the rows that came with it
  const waiting = tx.unwritten.get(key) ?? [];
  for (const row of rows) waiting.push(row);
  tx.unwritten.set(key, waiting);
}

type ToInsert = (rows: readonly unknown[]) => CompiledQuery;

/** Sends what is left to be written together with the commit: if it fails, the commit rolls back. */
async function commit({ client, unwritten }: BoundTransaction): Promise<pg.QueryResult> {
  sendTogether(client);
  const writes = [...unwritten]
    .filter(([, rows]) => rows.length > 0)
    .map(([toInsert, rows]) => client.query(toStatement(toInsert(rows))));
  const committed = translated(client.query('commit'), true);
  // Each is waited for, so that the connection is at rest whatever became of them.
  const [commitment, ...written] = await Promise.allSettled([committed, ...writes]);
  if (commitment.status === 'rejected') throw commitment.reason;
  const failed = written.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw translateError(failed.reason);
  return commitment.value;
}

/** A transaction that knows its connection. */
class BoundTransaction extends KyselyTransaction<Tables> {
  /** What is written right before the commit, by the statement that it is written with. */
  readonly unwritten = new Map<ToInsert, unknown[]>();
  readonly #connection: ClientConnection;

  constructor(
    props: ConstructorParameters<typeof KyselyTransaction>[0],
    connection: ClientConnection,
  ) {
    super(props);
    this.#connection = connection;
  }

  get client(): pg.PoolClient {
    return this.#connection.client;
  }

  /** Prepared statements go to the connection straight away: they are many, and no plugin is theirs. */
  override executeQuery<R>(
    query: CompiledQuery<R> | Compilable<R>,
    options?: AbortableQueryOptions,
  ): Promise<QueryResult<R>> {
    if (!('sql' in query) || !isPrepared(query)) return super.executeQuery(query, options);
    return this.#connection.executeQuery<R>(query);
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

  /** Kysely over this connection, in a transaction that has begun once `begun` is fulfilled. */
  bind(client: pg.PoolClient, begun: Promise<unknown>): BoundTransaction {
    const connection = new ClientConnection(client, begun);
    const provider = new SingleConnectionProvider(connection);
    const props = {
      config: { dialect: this.#dialect },
      dialect: this.#dialect,
      driver: this.#driver,
      executor: this.#kysely.getExecutor().withConnectionProvider(provider),
    };
    return new BoundTransaction(props, connection);
  }
}

/** One pooled connection as Kysely speaks to it. */
class ClientConnection implements DatabaseConnection {
  readonly client: pg.PoolClient;
  readonly #begun: Promise<unknown>;

  constructor(client: pg.PoolClient, begun: Promise<unknown>) {
    this.client = client;
    this.#begun = begun;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const answer = translated(this.client.query<object>(toStatement(query)));
    const [{ command, rowCount, rows }] = await Promise.all([answer, this.#begun]);
    const isWrite = /^(INSERT|UPDATE|DELETE|MERGE)$/.test(command);
    const typed = rows as R[]; // as: what the rows are is the word of whoever made the query
    return isWrite ? { rows: typed, numAffectedRows: BigInt(rowCount ?? 0) } : { rows: typed };
  }

  // biome-ignore lint/correctness/useYield: Kysely's interface asks for it; rows are read in pages here.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Read in pages: streams are not supported');
  }
}
