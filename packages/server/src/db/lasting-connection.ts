import pg from 'pg';
import { translateError } from './errors.ts';

/** What a lasting connection is for. */
export interface LastingConnectionOptions {
  /** Address of the database. */
  readonly url: string;
  /** What PostgreSQL's administrator sees in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Makes a new connection ready; runs again each time the connection was lost. */
  readonly prepare: (client: pg.Client) => Promise<void>;
  /** Longest pause between two attempts to make it again. Default 5 s. */
  readonly longestPauseMs?: number;
  /** How long one attempt may take. Default 10 s. */
  readonly connectTimeoutMs?: number;
  /** Hears that the connection is gone, before it is made again. */
  readonly onLost?: () => void;
}

/** One connection apart from the pool, made again whenever it is lost. */
export class LastingConnection {
  readonly #options: LastingConnectionOptions;
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(options: LastingConnectionOptions) {
    this.#options = options;
  }

  /** Connects for the first time. @throws {DatabaseUnavailableError} If that fails. */
  static async open(options: LastingConnectionOptions): Promise<LastingConnection> {
    const connection = new LastingConnection(options);
    await connection.#connect();
    return connection;
  }

  /** Ends the connection for good. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#client?.end();
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.url,
      application_name: this.#options.applicationName,
      connectionTimeoutMillis: this.#options.connectTimeoutMs ?? 10_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await this.#options.prepare(client);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw translateError(error);
    }
    if (this.#isClosed) {
      await client.end();
      return;
    }
    this.#client = client;
    client.once('end', () => this.#lost());
  }

  #lost(): void {
    if (this.#isClosed) return;
    this.#client = undefined;
    this.#options.onLost?.();
    this.#reconnectLater(RECONNECT_MS);
  }

  #reconnectLater(delayMs: number): void {
    const { longestPauseMs = LONGEST_RECONNECT_MS } = this.#options;
    this.#timer = setTimeout(() => {
      // Nobody waits for this attempt: the next one is the answer to its failure, whatever that was.
      this.#connect().catch(() => {
        if (!this.#isClosed) this.#reconnectLater(Math.min(delayMs * 2, longestPauseMs));
      });
    }, delayMs);
    this.#timer.unref();
  }
}

const RECONNECT_MS = 100;
const LONGEST_RECONNECT_MS = 5_000;
