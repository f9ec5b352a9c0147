import { type Channel, channel } from 'node:diagnostics_channel';
import { sql } from 'kysely';
import { type Database, inInstallation } from '../../db/database.ts';
import { REDACTION_CHANNEL } from '../../logging/log.ts';
import type { Metrics } from '../../metrics/metrics.ts';

/** What {@link LogRedactions} needs. */
export interface LogRedactionsOptions {
  readonly database: Database;
  readonly metrics: Pick<Metrics, 'logRedactions'>;
}

const FLUSH_MS = 60_000;

/** Counts the lines of this process's log that held what looked like a secret, and adds them to the installation's. */
export class LogRedactions {
  readonly #options: LogRedactionsOptions;
  readonly #channel: Channel = channel(REDACTION_CHANNEL);
  readonly #count: () => void;
  readonly #timer: NodeJS.Timeout;
  #lines = 0;

  constructor(options: LogRedactionsOptions) {
    this.#options = options;
    this.#count = () => {
      this.#lines += 1;
      options.metrics.logRedactions.inc();
    };
    this.#channel.subscribe(this.#count);
    // A database that is away is waited for: the count goes with the next round.
    this.#timer = setInterval(() => void this.flush().catch(() => undefined), FLUSH_MS).unref();
  }

  /** Adds what was counted to the day. */
  async flush(): Promise<void> {
    const lines = this.#lines;
    if (lines === 0) return;
    this.#lines = 0;
    try {
      await inInstallation(this.#options.database, (tx) =>
        sql`insert into log_redactions (day, lines) values (app_now()::date, ${lines})
          on conflict (day) do update set lines = log_redactions.lines + excluded.lines`.execute(
          tx,
        ),
      );
    } catch (error) {
      this.#lines += lines;
      throw error;
    }
  }

  /** Counts no longer. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#channel.unsubscribe(this.#count);
    await this.flush().catch(() => undefined);
  }
}
