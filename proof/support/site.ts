import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@greenroom/contract';
import { type RunningEmulator, startEmulator } from '@greenroom/emulator';
import pg from 'pg';
import { borrowEngine } from '../../packages/server/src/db/engine/borrow-engine.ts';
import { readOwnerKey } from '../../packages/server/src/workspaces/owner-key.ts';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import { createTestDatabase } from '../../packages/server/test/support/test-database.ts';
import { makeOwnerKey } from '../../packages/server/test/support/test-server.ts';
import { type GreenroomProcess, type ProcessOptions, startGreenroom } from './greenroom-process.ts';

/** What a site is made of. */
export interface SiteOptions {
  /** Address of a PostgreSQL with our template, as `startTestEngine` gives it; undefined: the embedded engine. */
  readonly ownerUrl?: string | undefined;
  /** Further configuration of every process; it wins. */
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node for all processes. */
  readonly flags?: readonly string[];
}

/** An account of a site. */
export interface SiteAccount {
  readonly accountId: string;
  readonly username: string;
}

/**
 * TikTok, a database and a Greenroom between them, whose processes can be killed and started again.
 *
 * On the embedded engine one process does everything; on PostgreSQL one answers (`web`) and others work (`worker`).
 */
export class Site implements AsyncDisposable {
  readonly tiktok: RunningEmulator;
  readonly url: string;
  readonly apiKey: string;
  readonly api: Client;
  readonly isEmbedded: boolean;
  /** Asks the database as its owner, past row-level security. */
  readonly owner: pg.Pool;
  readonly #env: Readonly<Record<string, string>>;
  readonly #flags: readonly string[];
  readonly #stack: AsyncDisposableStack;
  #processes: GreenroomProcess[] = [];
  #accounts = 0;

  private constructor(parts: {
    readonly tiktok: RunningEmulator;
    readonly url: string;
    readonly apiKey: string;
    readonly databaseUrl: string;
    readonly options: SiteOptions;
    readonly env: Readonly<Record<string, string>>;
    readonly processes: GreenroomProcess[];
    readonly stack: AsyncDisposableStack;
  }) {
    this.tiktok = parts.tiktok;
    this.url = parts.url;
    this.apiKey = parts.apiKey;
    this.api = createClient({ baseUrl: parts.url, apiKey: parts.apiKey });
    this.isEmbedded = parts.options.ownerUrl === undefined;
    this.owner = new pg.Pool({ connectionString: parts.databaseUrl, max: 4 });
    this.owner.on('error', () => undefined);
    this.#env = parts.env;
    this.#flags = parts.options.flags ?? [];
    this.#processes = parts.processes;
    this.#stack = parts.stack;
  }

  /** Starts TikTok and a Greenroom that answers; on PostgreSQL nobody works yet, see {@link startWorker}. */
  static async start(options: SiteOptions = {}): Promise<Site> {
    await using stack = new AsyncDisposableStack();
    const tiktok = stack.use(await startEmulator());
    await tiktok.control.patchSettings({ retain: 1_000_000 });
    const folder = await mkdtemp(join(tmpdir(), 'greenroom-proof-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const { ownerUrl } = options;
    const database = ownerUrl === undefined ? undefined : await createTestDatabase({ ownerUrl });
    if (database !== undefined) stack.use(database);
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    await tiktok.control.putApp('audited', { webhook_url: `${url}/webhooks/tiktok` });
    const env = { ...environment(tiktok, folder, port), ...options.env };
    const processes: GreenroomProcess[] = [];
    stack.defer(async () => {
      await Promise.all(processes.map((one) => one[Symbol.asyncDispose]()));
    });
    const place: Record<string, string> =
      database === undefined ? {} : { DATABASE_URL: database.url, GREENROOM_ROLE: 'web' };
    const first = startGreenroom({
      env: { ...env, ...place },
      flags: options.flags ?? [],
    });
    processes.push(first);
    await first.ready;
    const apiKey =
      database === undefined
        ? ((await readOwnerKey(folder)) ?? '')
        : (await makeOwnerKey(database.url)).apiKey;
    const databaseUrl = database?.url ?? (await borrowEngine({ dataFolder: folder })).url;
    const workers = database === undefined ? env : { ...env, DATABASE_URL: database.url };
    const parts = { tiktok, url, apiKey, databaseUrl, options, env: workers, processes };
    const site = new Site({ ...parts, stack: stack.move() });
    site.#stack.defer(() => site.owner.end());
    return site;
  }

  /** The processes that work and live. */
  get workers(): readonly GreenroomProcess[] {
    return this.isEmbedded ? this.#processes : this.#processes.slice(1);
  }

  /** Starts a process that works: the one of the embedded engine again, or one more on PostgreSQL. */
  startWorker(options: Partial<ProcessOptions> = {}): GreenroomProcess {
    const role: Record<string, string> = this.isEmbedded
      ? {}
      : { GREENROOM_ROLE: 'worker', GREENROOM_PORT: '0' };
    const started = startGreenroom({
      env: { ...this.#env, ...role, ...options.env },
      flags: options.flags ?? this.#flags,
    });
    this.#processes.push(started);
    return started;
  }

  /** Forgets a process that was killed. */
  forget(process: GreenroomProcess): void {
    this.#processes.splice(this.#processes.indexOf(process), 1);
  }

  /** Connects a new creator's account by TikTok's desktop flow. */
  async connect(creator: { readonly private_account?: boolean } = {}): Promise<SiteAccount> {
    this.#accounts += 1;
    const username = `creator_${this.#accounts}`;
    await this.tiktok.control.putCreator(username, creator);
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

  /** Whether TikTok tells of posts by its events, too; else only its status does. */
  async setEvents(areSent: boolean): Promise<void> {
    const webhook_url = areSent ? `${this.url}/webhooks/tiktok` : null;
    await this.tiktok.control.putApp('audited', { webhook_url });
  }

  /** Moves TikTok's clock and Greenroom's. */
  async moveClocks(seconds: number): Promise<void> {
    // TikTok's first: with ours ahead of it, we would send more a minute than it takes.
    await this.tiktok.control.moveClock({ advance_seconds: seconds });
    await this.#moveOwnClock(seconds);
  }

  /** Moves both clocks to a moment that a post waits for, each by what it lacks: Greenroom may be dead at the first try. */
  async moveClocksTo(moment: Date): Promise<void> {
    const { now } = (await this.tiktok.control.getState()).clock;
    const seconds = secondsTo(moment, new Date(now));
    if (seconds > 0) await this.tiktok.control.moveClock({ advance_seconds: seconds });
    const { rows } = await this.owner.query<{ now: Date }>('select app_now() as now');
    const own = secondsTo(moment, rows[0]?.now ?? moment);
    if (own > 0) await this.#moveOwnClock(own);
  }

  async #moveOwnClock(seconds: number): Promise<void> {
    const moved = await fetch(`${this.url}/_test/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ advance_seconds: seconds }),
    });
    if (!moved.ok) throw new Error(`The clock was not moved: ${await moved.text()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}

function secondsTo(moment: Date, now: Date): number {
  return Math.ceil((moment.getTime() - now.getTime()) / 1000);
}

function environment(
  tiktok: RunningEmulator,
  folder: string,
  port: number,
): Record<string, string> {
  return {
    GREENROOM_DATA: folder,
    GREENROOM_MASTER_KEY: randomBytes(32).toString('base64'),
    GREENROOM_PORT: String(port),
    GREENROOM_PUBLIC_URL: `http://127.0.0.1:${port}`,
    GREENROOM_TEST_MODE: 'true',
    GREENROOM_REQUESTS_PER_MINUTE_PER_ADDRESS: '1000000',
    GREENROOM_REQUESTS_PER_MINUTE_PER_KEY: '1000000',
    TIKTOK_CLIENT_KEY: 'audited',
    TIKTOK_CLIENT_SECRET: 'emulator-secret',
    TIKTOK_API_URL: tiktok.url,
    TIKTOK_AUTHORIZE_URL: tiktok.url,
  };
}
