import { randomBytes, randomUUID } from 'node:crypto';
import type { RunningEmulator } from '@greenroom/emulator';
import { startEmulator } from '@greenroom/emulator';
import { restoreTokens } from '@greenroom/sdk/oauth';
import { createApp } from '../../src/accounts/apps.ts';
import type { BrokerLog, TokenBrokerOptions } from '../../src/accounts/broker/broker-context.ts';
import type { TokenBroker } from '../../src/accounts/broker/token-broker.ts';
import { type TokenColumn, tokenPlace } from '../../src/accounts/broker/token-store.ts';
import type { TokenUse } from '../../src/accounts/broker/token-use.ts';
import { Secret } from '../../src/accounts/secret.ts';
import { enableTestMode, moveClock } from '../../src/db/clock.ts';
import { type Database, inWorkspace, type Transaction } from '../../src/db/database.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import { moveClocks } from '../support/move-clocks.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { type Member, openMember, type Site, TESTER } from './member.ts';

/** An account of a rig. */
export interface RigAccount {
  readonly accountId: string;
  readonly username: string;
  readonly openId: string;
}

/** A row of `account_tokens`, opened, with its account: what the database can open. */
export interface OpenedRow {
  readonly state: string;
  readonly stateReason: string | null;
  readonly scopes: readonly string[];
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly generation: number;
  readonly leaseOwner: number | null;
  readonly isUnclear: boolean;
  readonly failures: number;
  readonly lastFailureCode: string | null;
  readonly refreshDueAt: Date | null;
  readonly accessExpiresAt: Date;
}

/** Keeps what the broker tells the operator. */
export class RigLog implements BrokerLog {
  readonly warnings: object[] = [];
  readonly errors: object[] = [];

  warn(facts: object, words: string): void {
    this.warnings.push({ ...facts, words });
  }

  error(facts: object, words: string): void {
    this.errors.push({ ...facts, words });
  }
}

/** A database, a TikTok, a workspace with an app, and one broker on them. */
export class Rig implements AsyncDisposable {
  readonly site: Site;
  readonly tiktok: RunningEmulator;
  readonly member: Member;
  readonly workspaceId: string;
  readonly appId: string;
  /** What the broker has told the operator. */
  readonly log: RigLog;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    parts: Pick<Rig, 'site' | 'tiktok' | 'member' | 'workspaceId' | 'appId' | 'log'>,
    stack: AsyncDisposableStack,
  ) {
    this.site = parts.site;
    this.tiktok = parts.tiktok;
    this.member = parts.member;
    this.workspaceId = parts.workspaceId;
    this.appId = parts.appId;
    this.log = parts.log;
    this.#stack = stack;
  }

  /** @param place - A proof names the engine that it started; a test has the one of its run. */
  static async start(
    options: Partial<TokenBrokerOptions> = {},
    place: { readonly ownerUrl?: string } = {},
  ): Promise<Rig> {
    await using stack = new AsyncDisposableStack();
    const { url } = stack.use(await createTestDatabase(place));
    await enableTestMode(url);
    const tiktok = stack.use(await startEmulator());
    const masterKey = randomBytes(32).toString('base64');
    const site = { databaseUrl: url, masterKey, tiktokUrl: tiktok.url };
    const log = new RigLog();
    const member = stack.use(await openMember(site, { log, ...options }));
    const workspaceId = await makeWorkspace(member.database);
    const appId = await makeApp(member, workspaceId);
    return new Rig({ site, tiktok, member, workspaceId, appId, log }, stack.move());
  }

  get broker(): TokenBroker {
    return this.member.broker;
  }

  get database(): Database {
    return this.member.database;
  }

  /** Opens what another process would have. */
  async openMember(options: Partial<TokenBrokerOptions> = {}): Promise<Member> {
    return this.#stack.use(await openMember(this.site, options));
  }

  /** A use of an account's token. */
  use(accountId: string, reason = 'test'): TokenUse {
    return { workspaceId: this.workspaceId, accountId, actor: TESTER, reason };
  }

  /** Connects a creator's account, as the callback does. */
  async connect(username = 'public_creator'): Promise<RigAccount> {
    await this.tiktok.control.putCreator(username);
    const tokens = await this.createTokens(username);
    const accountId = randomUUID();
    const { workspaceId, appId } = this;
    await inWorkspace(this.database, workspaceId, async (tx) => {
      await tx
        .insertInto('accounts')
        .values({
          id: accountId,
          workspace_id: workspaceId,
          app_id: appId,
          open_id: tokens.openId,
          scopes: [...tokens.scopes],
          scopes_asked: [...tokens.scopes],
          state: 'connected',
        } as never) // as: the columns with null by default may be left out
        .execute();
      await this.broker.storeTokens(tx, { workspaceId, accountId }, tokens);
    });
    return { accountId, username, openId: tokens.openId };
  }

  /** Connects an account again, as the callback does. */
  async reconnect(accountId: string, username: string): Promise<void> {
    const tokens = await this.createTokens(username);
    const { workspaceId } = this;
    await inWorkspace(this.database, workspaceId, async (tx) => {
      await tx
        .updateTable('accounts')
        .set({ state: 'connected', state_reason: null })
        .where('id', '=', accountId)
        .execute();
      await this.broker.storeTokens(tx, { workspaceId, accountId }, tokens);
    });
  }

  /** TikTok's tokens for a creator, without a browser. */
  async createTokens(username: string, scopes?: string[]) {
    const answer = await this.tiktok.control.createToken({
      client_key: 'audited',
      username,
      ...(scopes === undefined ? {} : { scopes }),
    });
    const now = this.database.clock.now().getTime();
    return restoreTokens({
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token,
      openId: answer.open_id,
      scopes: answer.scope.split(','),
      expiresAt: new Date(now + answer.expires_in * 1000).toISOString(),
      refreshExpiresAt: new Date(now + answer.refresh_expires_in * 1000).toISOString(),
    });
  }

  /** Moves TikTok's clock and ours together. */
  async advance(seconds: number): Promise<void> {
    await moveClocks(this.tiktok, this.database, seconds);
  }

  /** Moves our clock alone. */
  async jump(seconds: number): Promise<void> {
    await moveClock(this.database, seconds);
  }

  /** Spoils a sealed token; gives what was there. */
  async breakSeal(accountId: string, column: TokenColumn = 'refresh_token_sealed') {
    return inWorkspace(this.database, this.workspaceId, async (tx) => {
      const row = await tx
        .selectFrom('account_tokens')
        .select(`${column} as sealed`)
        .where('account_id', '=', accountId)
        .executeTakeFirstOrThrow();
      const spoilt = Buffer.from(row.sealed);
      spoilt.fill(0, spoilt.length - 8);
      await this.#putSeal(tx, accountId, column, spoilt);
      return row;
    });
  }

  /** Puts a sealed refresh token back. */
  async mendSeal(accountId: string, sealed: Buffer): Promise<void> {
    await inWorkspace(this.database, this.workspaceId, (tx) =>
      this.#putSeal(tx, accountId, 'refresh_token_sealed', sealed),
    );
  }

  async #putSeal(tx: Transaction, accountId: string, column: TokenColumn, sealed: Buffer) {
    await tx
      .updateTable('account_tokens')
      .set({ [column]: sealed })
      .where('account_id', '=', accountId)
      .execute();
  }

  /** Reads what is stored of an account, tokens opened. */
  async read(accountId: string): Promise<OpenedRow> {
    const { workspaceId } = this;
    const owner = { workspaceId, accountId };
    return inWorkspace(this.database, workspaceId, async (tx) => {
      const row = await tx
        .selectFrom('account_tokens as t')
        .innerJoin('accounts as a', 'a.id', 't.account_id')
        .selectAll('t')
        .select(['a.state', 'a.state_reason', 'a.scopes'])
        .where('t.account_id', '=', accountId)
        .executeTakeFirstOrThrow();
      const open = async (column: TokenColumn) =>
        (await this.member.vault.open(tx, tokenPlace(owner, column), row[column])).reveal();
      return {
        state: row.state,
        stateReason: row.state_reason,
        scopes: row.scopes,
        accessToken: await open('access_token_sealed'),
        refreshToken: await open('refresh_token_sealed'),
        generation: row.generation,
        leaseOwner: row.lease_owner,
        isUnclear: row.is_unclear,
        failures: row.failures,
        lastFailureCode: row.last_failure_code,
        refreshDueAt: row.refresh_due_at,
        accessExpiresAt: row.access_expires_at,
      };
    });
  }

  /** Where an account stands; it may have no tokens. */
  async readState(accountId: string): Promise<{ state: string; state_reason: string | null }> {
    return inWorkspace(this.database, this.workspaceId, (tx) =>
      tx
        .selectFrom('accounts')
        .select(['state', 'state_reason'])
        .where('id', '=', accountId)
        .executeTakeFirstOrThrow(),
    );
  }

  /** The audit log of an account, oldest first. */
  async activity(accountId: string) {
    return inWorkspace(this.database, this.workspaceId, (tx) =>
      tx
        .selectFrom('activity')
        .select(['action', 'reason', 'actor_kind', 'actor_id', 'details'])
        .where('account_id', '=', accountId)
        .orderBy('id')
        .execute(),
    );
  }

  /** Requests to TikTok's token endpoint so far. */
  async tokenRequests(): Promise<number> {
    const { requests } = await this.tiktok.control.listRequests();
    return requests.filter(({ path }) => path === TOKEN_PATH).length;
  }

  /** The refresh and access tokens of a creator that TikTok takes. */
  async living(username: string): Promise<{ access: string[]; refresh: string[] }> {
    const { sections } = await this.tiktok.control.getSnapshot();
    // The emulator's own form of a snapshot.
    const accounts = sections['accounts'] as {
      access_tokens: { access_token: string; username: string }[];
      refresh_tokens: { refresh_token: string; username: string }[];
    };
    const isTheirs = (token: { username: string }) => token.username === username;
    return {
      access: accounts.access_tokens.filter(isTheirs).map((token) => token.access_token),
      refresh: accounts.refresh_tokens.filter(isTheirs).map((token) => token.refresh_token),
    };
  }

  /** Runs a statement as the database's owner. */
  async asOwner(statement: string): Promise<void> {
    await askAsOwner(this.site.databaseUrl, statement);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}

/** How long a condition is waited for, on a machine that is busy with other tests too. */
export const PATIENT = { timeout: 15_000 } as const;

/** TikTok's token endpoint. */
export const TOKEN_PATH = '/v2/oauth/token/';

async function makeWorkspace(database: Database): Promise<string> {
  const id = randomUUID();
  await inWorkspace(database, id, async (tx) => {
    await tx.insertInto('workspaces').values({ id, name: 'Studio' }).execute();
  });
  return id;
}

async function makeApp({ database, vault }: Member, workspaceId: string): Promise<string> {
  const app = await inWorkspace(database, workspaceId, (tx) =>
    createApp({ vault }, tx, {
      actor: TESTER,
      workspaceId,
      name: 'Studio app',
      clientKey: 'audited',
      clientSecret: Secret.of('emulator-secret'),
    }),
  );
  return app.id;
}
