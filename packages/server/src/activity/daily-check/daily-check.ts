import { sql } from 'kysely';
import pg from 'pg';
import { findUnsealed, type UnsealedFinding } from '../../accounts/vault/find-unsealed.ts';
import { type Database, inWorkspace } from '../../db/database.ts';
import { translateError } from '../../db/errors.ts';
import type { Transaction } from '../../db/transaction.ts';
import { raiseAlert, resolveAlert } from '../alerts/alerts.ts';
import { type CheckReport, checks } from './checks.ts';

/** What a {@link DailyCheck} needs. */
export interface DailyCheckOptions {
  readonly database: Database;
  /** Address with the user that owns the schema: nobody else sees all rows. */
  readonly ownerUrl: string;
  /** Where this server serves media. */
  readonly publicUrl: string;
}

/** What a check found when it last ran. */
export interface CheckRow {
  readonly name: string;
  readonly ran_at: Date;
  readonly is_ok: boolean;
  readonly words: string;
  readonly details: { readonly [name: string]: unknown };
}

/** The whole database is read for it, so many workspaces share what was found a moment ago. */
const KEPT_MS = 60_000;
/** Workspaces of one round. */
const MOST_DUE = 100;

/** Looks once a day whether what must hold of secrets, keys and scopes holds; what does not is an alert. */
export class DailyCheck {
  readonly #options: DailyCheckOptions;
  #unsealed: Promise<readonly UnsealedFinding[]> | undefined;
  #unsealedUntil = 0;

  constructor(options: DailyCheckOptions) {
    this.#options = options;
  }

  /** Checks every workspace whose last check is a day old. Of several processes one does it. */
  async sweep(signal: AbortSignal): Promise<boolean> {
    const due = await this.#listDue();
    if (due.length === 0) return false;
    return this.#asOwner(async (client) => {
      const { rows } = await client.query<{ is_taken: boolean }>(
        `select pg_try_advisory_lock(hashtext('greenroom daily check')) as is_taken`,
      );
      if (rows[0]?.is_taken !== true) return false;
      const unsealed = await findUnsealed(client, this.#options.publicUrl);
      for (const workspaceId of due) {
        if (signal.aborted) return false;
        await this.#check(workspaceId, unsealed);
      }
      return due.length === MOST_DUE;
    });
  }

  /** Checks one workspace now. */
  async run(workspaceId: string): Promise<CheckRow[]> {
    return this.#check(workspaceId, await this.#findUnsealed());
  }

  async #check(workspaceId: string, unsealed: readonly UnsealedFinding[]): Promise<CheckRow[]> {
    return inWorkspace(this.#options.database, workspaceId, async (tx) => {
      for (const check of checks) await store(tx, await check(tx, { unsealed }));
      return listChecks(tx);
    });
  }

  async #listDue(): Promise<string[]> {
    const { rows } = await sql<{ workspace_id: string }>`
      select workspace_id from workspaces_to_check(interval '23 hours', ${MOST_DUE})`.execute(
      this.#options.database.kysely,
    );
    return rows.map((row) => row.workspace_id);
  }

  #findUnsealed(): Promise<readonly UnsealedFinding[]> {
    if (this.#unsealed === undefined || performance.now() > this.#unsealedUntil) {
      this.#unsealed = this.#asOwner((client) => findUnsealed(client, this.#options.publicUrl));
      this.#unsealedUntil = performance.now() + KEPT_MS;
      this.#unsealed.catch(() => {
        this.#unsealed = undefined;
      });
    }
    return this.#unsealed;
  }

  async #asOwner<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      connectionString: this.#options.ownerUrl,
      application_name: 'greenroom-check',
      connectionTimeoutMillis: 10_000,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await work(client);
    } catch (error) {
      throw translateError(error);
    } finally {
      // Its lock goes with it.
      await client.end().catch(() => undefined);
    }
  }
}

/** What the checks of the workspace found when they last ran. */
export async function listChecks(tx: Transaction): Promise<CheckRow[]> {
  return tx
    .selectFrom('checks')
    .select(['name', 'ran_at', 'is_ok', 'words', 'details'])
    .orderBy('name')
    .execute();
}

async function store(tx: Transaction, report: CheckReport): Promise<void> {
  const { details, isOk, name, words } = report;
  await sql`
    insert into checks (workspace_id, name, is_ok, words, details)
    values (current_workspace(), ${name}, ${isOk}, ${words}, ${details})
    on conflict (workspace_id, name) do update set ran_at = app_now(), is_ok = excluded.is_ok,
      words = excluded.words, details = excluded.details`.execute(tx);
  if (isOk) await resolveAlert(tx, 'check_failed', name);
  else await raiseAlert(tx, { kind: 'check_failed', subject: name, details: { check: name } });
}
