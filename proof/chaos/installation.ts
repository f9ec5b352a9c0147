import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@greenroom/contract';
import pg from 'pg';
import type { Engine } from '../../packages/server/src/db/engine/engine.ts';
import { startThrowAwayEngine } from '../../packages/server/src/db/engine/throw-away-engine.ts';
import { EXECUTOR_CLASS } from '../../packages/server/src/publishing/engine/executor-lock.ts';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import {
  createTemplate,
  createTestDatabase,
} from '../../packages/server/test/support/test-database.ts';
import { makeOwnerKey } from '../../packages/server/test/support/test-server.ts';
import { type GreenroomProcess, startGreenroom } from '../support/greenroom-process.ts';
import type { SiteAccount } from '../support/site.ts';
import { until } from '../support/until.ts';
import type { Plan } from './plan.ts';
import { startTikTok, type TikTokProcess } from './tiktok-process.ts';

/** A process that publishes, and the number by which DBOS knows it. */
export interface Worker {
  readonly process: GreenroomProcess;
  readonly executorId: string;
}

/** How many work; a plan begins with fewer, while others start. */
const WORKERS = 3;
const LEAST_WORKERS = 2;
const READY_MS = 60_000;
const MONTH_SECONDS = 30 * 24 * 3_600;

/**
 * TikTok, a PostgreSQL, one process that answers and two that work: each a process of its own that can be killed. Used
 * for many plans, one after another.
 */
export class Installation implements AsyncDisposable {
  readonly tiktok: TikTokProcess;
  readonly url: string;
  readonly apiKey: string;
  readonly api: Client;
  /** Asks the database as its owner. */
  readonly owner: pg.Pool;
  readonly #engine: Engine;
  readonly #env: Readonly<Record<string, string>>;
  readonly #stack: AsyncDisposableStack;
  readonly #known = new Set<string>();
  #workers: Worker[] = [];
  #web: GreenroomProcess;
  #accounts = 0;
  #starting: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(parts: {
    readonly tiktok: TikTokProcess;
    readonly url: string;
    readonly apiKey: string;
    readonly owner: pg.Pool;
    readonly engine: Engine;
    readonly env: Readonly<Record<string, string>>;
    readonly web: GreenroomProcess;
    readonly stack: AsyncDisposableStack;
  }) {
    this.tiktok = parts.tiktok;
    this.url = parts.url;
    this.apiKey = parts.apiKey;
    this.api = createClient({ baseUrl: parts.url, apiKey: parts.apiKey });
    this.owner = parts.owner;
    this.#engine = parts.engine;
    this.#env = parts.env;
    this.#web = parts.web;
    this.#stack = parts.stack;
  }

  /** Starts everything but the workers: see {@link muster}. */
  static async start(transfer: Plan['transfer']): Promise<Installation> {
    await using stack = new AsyncDisposableStack();
    const tiktok = stack.use(await startTikTok());
    await tiktok.control.patchSettings({
      retain: 1_000_000,
      processing_seconds: 0.3,
      moderation_seconds: 0.2,
      // The clock jumps by hours: renewing all accounts again and again is another proof's.
      access_token_seconds: MONTH_SECONDS,
    });
    const folder = await mkdtemp(join(tmpdir(), 'greenroom-chaos-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const engine = stack.use(await startThrowAwayEngine({ maxConnections: 200 }));
    await createTemplate({
      ownerUrl: engine.url,
      stop: engine.stop,
      [Symbol.asyncDispose]: engine.stop,
    });
    const database = await createTestDatabase({ ownerUrl: engine.url });
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    await tiktok.control.putApp('audited', { webhook_url: `${url}/webhooks/tiktok` });
    const env = environment({ tiktok, folder, port, transfer, databaseUrl: database.url });
    const web = startGreenroom({ env: { ...env, GREENROOM_ROLE: 'web' } });
    stack.defer(() => web[Symbol.asyncDispose]());
    await web.ready;
    const { apiKey } = await makeOwnerKey(database.url);
    const owner = new pg.Pool({ connectionString: database.url, max: 4 });
    owner.on('error', () => undefined);
    stack.defer(() => owner.end());
    return new Installation({ tiktok, url, apiKey, owner, engine, env, web, stack: stack.move() });
  }

  /** The workers that live. */
  get workers(): readonly Worker[] {
    return this.#workers;
  }

  /** Waits until enough processes are ready for a plan. */
  async muster(): Promise<void> {
    this.replace();
    const look = async () => (this.#workers.length < LEAST_WORKERS ? undefined : true);
    await until(look, { what: 'enough workers are ready', timeoutMs: 2 * READY_MS });
  }

  /** Begins to bring the processes up to what they should be, one after another. */
  replace(): void {
    const before = this.#starting.catch(() => undefined);
    this.#starting = before.then(async () => {
      while (this.#workers.length < WORKERS && !this.#isClosed) await this.#startWorker();
    });
    // Whoever needs them says that they do not come.
    this.#starting.catch(() => undefined);
  }

  /** `kill -9`. */
  async kill({ process: { child, ended } }: Worker): Promise<void> {
    child.kill('SIGKILL');
    await ended;
    this.#workers = this.#workers.filter((worker) => worker.process.child !== child);
  }

  /** `kill -9` of the process that answers, and another one in its place. */
  async restartWeb(): Promise<void> {
    this.#web.child.kill('SIGKILL');
    await this.#web.ended;
    this.#web = startGreenroom({ env: { ...this.#env, GREENROOM_ROLE: 'web' } });
    await this.#web.ready;
  }

  /** Ends the database's processes and its connections; its supervisor starts it again. */
  async restartDatabase(signal: 'SIGQUIT' | 'SIGINT'): Promise<void> {
    process.kill(this.#engine.pid, signal);
    await this.untilDatabaseIsBack();
  }

  async untilDatabaseIsBack(): Promise<void> {
    const look = () =>
      this.owner.query('select 1').then(
        () => true,
        () => undefined,
      );
    await until(look, { what: 'the database is back', timeoutMs: READY_MS });
  }

  /** Moves TikTok's clock and ours. */
  async moveClocks(seconds: number): Promise<void> {
    await this.tiktok.control.moveClock({ advance_seconds: seconds });
    await this.moveOurClock(seconds);
  }

  /** Moves our clock alone: it may also be set back, as TikTok's never is. */
  async moveOurClock(seconds: number): Promise<void> {
    await this.query('select move_clock($1)', [seconds]);
  }

  /** Asks the database, also while it comes back. */
  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const ask = async () => {
      try {
        return (await this.owner.query<Row>(text, values)).rows;
      } catch (error) {
        // Classes 08 and 57: the connection, or the server on its way.
        const { code = '08' } = error as { readonly code?: string };
        if (/^(08|57|E)/.test(code)) return undefined;
        throw error;
      }
    };
    return until(ask, { what: 'the database answers', timeoutMs: READY_MS });
  }

  /** Connects a new creator's account by TikTok's desktop flow. */
  async connect(): Promise<SiteAccount> {
    this.#accounts += 1;
    const username = `creator_${this.#accounts}`;
    await this.tiktok.control.putCreator(username, {});
    const { authorize_url } = await this.api.startConnection({
      flow: 'desktop',
      redirect_uri: 'http://127.0.0.1:8976/callback',
    });
    const { redirect_url } = await this.tiktok.control.decideConsent({
      authorize_url: authorize_url ?? '',
      username,
      decision: 'allow',
    });
    const { searchParams } = new URL(redirect_url);
    const account = await this.api.completeConnection({
      state: searchParams.get('state') ?? '',
      code: searchParams.get('code') ?? '',
    });
    return { accountId: account.id, username };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#starting.catch(() => undefined);
    await Promise.all(this.#workers.map(({ process: one }) => one[Symbol.asyncDispose]()));
    await this.#web[Symbol.asyncDispose]();
    await this.#stack[Symbol.asyncDispose]();
  }

  async #startWorker(): Promise<void> {
    const env = { ...this.#env, GREENROOM_ROLE: 'worker', GREENROOM_PORT: '0' };
    const started = startGreenroom({ env });
    await started.ready;
    const executorId = await until(() => this.#findNewExecutor(), {
      what: 'the worker is known to the database',
      timeoutMs: READY_MS,
    });
    this.#known.add(executorId);
    this.#workers.push({ process: started, executorId });
  }

  /** A worker holds an advisory lock on its number for as long as it lives. */
  async #findNewExecutor(): Promise<string | undefined> {
    const rows = await this.query<{ executor_id: string }>(
      `select objid::text as executor_id from pg_locks where locktype = 'advisory' and classid = $1
         and database = (select oid from pg_database where datname = current_database())`,
      [EXECUTOR_CLASS],
    );
    return rows.map((row) => row.executor_id).find((id) => !this.#known.has(id));
  }
}

function environment(parts: {
  readonly tiktok: TikTokProcess;
  readonly folder: string;
  readonly port: number;
  readonly transfer: Plan['transfer'];
  readonly databaseUrl: string;
}): Record<string, string> {
  return {
    DATABASE_URL: parts.databaseUrl,
    GREENROOM_DATA: parts.folder,
    GREENROOM_MASTER_KEY: randomBytes(32).toString('base64'),
    GREENROOM_PORT: String(parts.port),
    GREENROOM_PUBLIC_URL: `http://127.0.0.1:${parts.port}`,
    GREENROOM_TEST_MODE: 'true',
    GREENROOM_VIDEO_TRANSFER: parts.transfer,
    GREENROOM_REQUESTS_PER_MINUTE_PER_ADDRESS: '1000000',
    GREENROOM_REQUESTS_PER_MINUTE_PER_KEY: '1000000',
    TIKTOK_CLIENT_KEY: 'audited',
    TIKTOK_CLIENT_SECRET: 'emulator-secret',
    TIKTOK_API_URL: parts.tiktok.url,
    TIKTOK_AUTHORIZE_URL: parts.tiktok.url,
  };
}
