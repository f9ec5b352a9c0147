import { performance } from 'node:perf_hooks';
import { TikTokError } from '@greenroom/sdk';
import { type Database, inInstallation, type Transaction } from '../../db/database.ts';
import type { Log } from '../../logging/log.ts';
import {
  type CircuitRow,
  changeCircuit,
  claimProbe,
  closeCircuits,
  selectCircuits,
} from './circuit-queries.ts';
import { afterFailure, outcomeOf } from './circuit-rules.ts';
import { CircuitOpen } from './not-now.ts';

/** Whether calls for an account may go out. */
export type CircuitCheck =
  | { readonly isOpen: false }
  | {
      readonly isOpen: true;
      /** Whether TikTok answers nobody, or not for this account. */
      readonly kind: 'tiktok' | 'account';
      readonly retryAt: Date;
      /** The same from now on, in milliseconds. */
      readonly inMs: number;
    };

/** What circuits are made of. */
export interface CircuitsOptions {
  readonly database: Database;
  readonly log: Pick<Log, 'warn' | 'info'>;
}

/** The circuit of TikTok as a whole. */
export const TIKTOK = 'tiktok';

const KINDS = ['tiktok', 'account'] as const;

/** How old what a process knows of the circuits may be. */
const FRESH_MS = 1_000;

/**
 * Leaves TikTok alone while it does not answer: as a whole, or for one account.
 *
 * A circuit opens after some failures in a row, and then lets one call through after a pause that doubles each time;
 * an answer closes it. All processes share the circuits: each reads the few that are not closed once a second, and
 * only while it calls TikTok, so a closed circuit costs nothing.
 */
export class Circuits {
  readonly #database: Database;
  readonly #log: CircuitsOptions['log'];
  readonly #underWay = new Set<Promise<void>>();
  #known: { readonly rows: ReadonlyMap<string, CircuitRow>; readonly at: number } | undefined;
  #reading: Promise<void> | undefined;

  constructor({ database, log }: CircuitsOptions) {
    this.#database = database;
    this.#log = log;
  }

  /**
   * Whether calls for this account may go out now. Claims nothing: the call itself does, by {@link admit}.
   *
   * @param tx - The caller's transaction, if it is in one: who holds a connection must never wait for another.
   */
  async check(accountId: string, tx?: Transaction): Promise<CircuitCheck> {
    await this.#refresh(tx);
    const known = this.#known;
    for (const kind of KINDS) {
      const row = known?.rows.get(toSubject(kind, accountId));
      if (known === undefined || row === undefined || row.state === 'closed') continue;
      const { retry_at: retryAt, retry_in_ms: retryInMs } = row;
      if (retryAt === null || retryInMs === null) continue;
      const inMs = retryInMs - (performance.now() - known.at);
      if (inMs > 0) return { isOpen: true, kind, retryAt, inMs };
    }
    return { isOpen: false };
  }

  /** As {@link check}. @throws {CircuitOpen} If the call must wait. */
  async require(accountId: string): Promise<void> {
    const check = await this.check(accountId);
    if (check.isOpen) throw new CircuitOpen(check.kind, check.retryAt, check.inMs);
  }

  /**
   * Lets a call through. One that may try whether TikTok is back lets no other one try meanwhile.
   *
   * @throws {CircuitOpen} If the call must wait.
   */
  async admit(accountId: string): Promise<void> {
    await this.require(accountId);
    for (const kind of KINDS) {
      const subject = toSubject(kind, accountId);
      const row = this.#known?.rows.get(subject);
      if (row === undefined || row.state === 'closed') continue;
      if (await claimProbe(this.#database, subject)) continue;
      await this.#read();
      await this.admit(accountId);
      return;
    }
  }

  /** Hears how a call for an account ended. @param error - What it threw; `undefined`: it was answered. */
  report(accountId: string, error: unknown): void {
    const outcome = outcomeOf(error);
    if (outcome === 'ok') this.#succeed(accountId);
    else if (outcome === 'away') this.#run(this.#fail(accountId, error));
  }

  /** All that are not closed, or have failures; at most a second old. */
  async list(): Promise<readonly CircuitRow[]> {
    await this.#refresh();
    return [...(this.#known?.rows.values() ?? [])];
  }

  /** Waits until what was reported is stored. */
  async close(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #succeed(accountId: string): void {
    const rows = this.#known?.rows;
    const subjects = [TIKTOK, accountId].filter((subject) => rows?.has(subject));
    if (subjects.length > 0) this.#run(this.#closeAll(subjects));
  }

  async #closeAll(subjects: readonly string[]): Promise<void> {
    const open = subjects.filter((subject) => this.#known?.rows.get(subject)?.state !== 'closed');
    const closed = await closeCircuits(this.#database, subjects);
    await this.#read();
    if (closed > 0 && open.length > 0) this.#log.info({ circuits: open }, 'TikTok answers again');
  }

  async #fail(accountId: string, error: unknown): Promise<void> {
    const code = error instanceof TikTokError ? error.code : 'network_error';
    for (const kind of KINDS) {
      const subject = toSubject(kind, accountId);
      const { state, retryInMs, failures } = await changeCircuit(
        this.#database,
        subject,
        code,
        (circuit) => afterFailure(circuit, kind, accountId),
      );
      if (state !== 'open') continue;
      const facts = { circuit: subject, failures, code, retry_in_ms: retryInMs };
      this.#log.warn(facts, 'TikTok does not answer: calls wait');
    }
    await this.#read();
  }

  async #refresh(tx?: Transaction): Promise<void> {
    const age = performance.now() - (this.#known?.at ?? Number.NEGATIVE_INFINITY);
    if (age < FRESH_MS) return;
    // Others who read wait for a connection perhaps, and this transaction has the one that they wait for.
    if (tx !== undefined) await this.#readIn(tx);
    else await this.#read();
  }

  /** Reads the circuits; callers at the same time share one reading. */
  async #read(): Promise<void> {
    this.#reading ??= this.#readNow().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  async #readNow(): Promise<void> {
    await inInstallation(this.#database, (tx) => this.#readIn(tx));
  }

  async #readIn(tx: Transaction): Promise<void> {
    const at = performance.now();
    const rows = await selectCircuits(tx);
    this.#known = { at, rows: new Map(rows.map((row) => [row.subject, row])) };
  }

  /** Does what no caller waits for. */
  #run(work: Promise<void>): void {
    const done = work
      // The next call says the same again.
      .catch((error: unknown) => this.#log.warn({ err: error }, 'A circuit was not changed'))
      .finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }
}

function toSubject(kind: (typeof KINDS)[number], accountId: string): string {
  return kind === 'tiktok' ? TIKTOK : accountId;
}
