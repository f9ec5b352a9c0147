import { randomBytes, randomUUID } from 'node:crypto';
import { restoreTokens, type UserTokens } from '@greenroom/sdk/oauth';
import {
  ensureInstallationApp,
  getAppCredentials,
} from '../../packages/server/dist/accounts/apps.js';
import type { TokenBrokerOptions } from '../../packages/server/dist/accounts/broker/broker-context.js';
import { sealPair, upsertPair } from '../../packages/server/dist/accounts/broker/token-store.js';
import { Secret } from '../../packages/server/dist/accounts/secret.js';
import { masterKeySource } from '../../packages/server/dist/accounts/vault/master-key-source.js';
import { openVault, type Vault } from '../../packages/server/dist/accounts/vault/vault.js';
import type { Config } from '../../packages/server/dist/config/config.js';
import {
  type Database,
  inInstallation,
  inWorkspace,
  openDatabase,
} from '../../packages/server/dist/db/database.js';
import type { Engine } from '../../packages/server/dist/db/engine/engine.js';
import { startThrowAwayEngine } from '../../packages/server/dist/db/engine/throw-away-engine.js';
import { migrate } from '../../packages/server/dist/db/migrate.js';
import { openPresence } from '../../packages/server/dist/db/presence.js';

/** Where the accounts of a bench are, and the key to their tokens. Plain JSON, for other processes. */
export interface Site {
  readonly databaseUrl: string;
  readonly masterKey: string;
  readonly tiktokUrl: string;
}

/** An account of a bench. */
export interface BenchAccount {
  readonly workspaceId: string;
  readonly accountId: string;
}

/** A process's parts of the broker. */
export interface Parts extends AsyncDisposable {
  readonly database: Database;
  readonly vault: Vault;
  /** What a broker, or a part of it, is made of. */
  readonly options: TokenBrokerOptions;
}

/** Starts a database that does not wait for the disk, with our schema. */
export async function startSite(
  tiktokUrl: string,
): Promise<{ readonly site: Site; readonly engine: Engine }> {
  const engine = await startThrowAwayEngine();
  await migrate(engine.url);
  const masterKey = randomBytes(32).toString('base64');
  return { site: { databaseUrl: engine.url, masterKey, tiktokUrl }, engine };
}

/** Opens a process's parts of the broker, as the server does. */
export async function openParts(site: Site): Promise<Parts> {
  const database = await openDatabase({ url: site.databaseUrl });
  const masterKeys = masterKeySource({
    masterKey: Secret.of(site.masterKey),
    dataFolder: '/nowhere',
  });
  const vault = await openVault({ database, masterKeys });
  const presence = await openPresence({ url: site.databaseUrl });
  const options: TokenBrokerOptions = {
    database,
    vault,
    presence,
    getAppCredentials: (tx, appId) => getAppCredentials({ vault }, tx, appId),
    tiktokUrl: site.tiktokUrl,
  };
  const close = async () => {
    await presence.close();
    await database.close();
  };
  return { database, vault, options, [Symbol.asyncDispose]: close };
}

/** The token answer of TikTok, as far as a bench wants it. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly open_id: string;
  readonly expires_in: number;
  readonly refresh_expires_in: number;
  readonly scope: string;
}

/** Connects an account for each answer through the installation's app, so many in a workspace. */
export async function connectAccounts(
  { database, vault }: Parts,
  answers: readonly TokenAnswer[],
  perWorkspace: number,
): Promise<BenchAccount[]> {
  const appId = await addApp(database, vault);
  const accounts: BenchAccount[] = [];
  for (let start = 0; start < answers.length; start += perWorkspace) {
    const workspaceId = randomUUID();
    await inWorkspace(database, workspaceId, async (tx) => {
      await tx.insertInto('workspaces').values({ id: workspaceId, name: 'Bench' }).execute();
    });
    await inWorkspace(database, workspaceId, async (tx) => {
      for (const answer of answers.slice(start, start + perWorkspace)) {
        const owner = { workspaceId, accountId: randomUUID() };
        const tokens = toTokens(answer, database.clock.now());
        await tx
          .insertInto('accounts')
          .values({
            id: owner.accountId,
            workspace_id: workspaceId,
            app_id: appId,
            open_id: tokens.openId,
            scopes: [...tokens.scopes],
            scopes_asked: [...tokens.scopes],
            state: 'connected',
            displayed_at: new Date(),
            // Names and pictures are read when an account is connected: here nobody waits for them.
            display_due_at: new Date(Date.now() + 86_400_000),
          } as never) // as: the columns with null by default may be left out
          .execute();
        const tools = { vault, clock: database.clock, random: Math.random };
        await upsertPair(tx, owner, await sealPair(tx, tools, owner, tokens));
        accounts.push(owner);
      }
    });
  }
  return accounts;
}

function toTokens(answer: TokenAnswer, now: Date): UserTokens {
  const endsAfter = (seconds: number) => new Date(now.getTime() + seconds * 1000).toISOString();
  return restoreTokens({
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    openId: answer.open_id,
    scopes: answer.scope.split(','),
    expiresAt: endsAfter(answer.expires_in),
    refreshExpiresAt: endsAfter(answer.refresh_expires_in),
  });
}

/** The emulator's audited app, as the installation's. */
async function addApp(database: Database, vault: Vault): Promise<string> {
  const config = {
    tiktokClientKey: 'audited',
    tiktokClientSecret: Secret.of('emulator-secret'),
  } as Config; // as: no more of it is read
  await ensureInstallationApp({ config, database, vault });
  const { id } = await inInstallation(database, (tx) =>
    tx.selectFrom('tiktok_apps').select('id').executeTakeFirstOrThrow(),
  );
  return id;
}
