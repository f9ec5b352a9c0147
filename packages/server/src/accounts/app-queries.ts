import { sql } from 'kysely';
import type { Position } from '../db/position.ts';
import { preparedQuery, type Transaction } from '../db/transaction.ts';

/** What is read of an app; never its secret. */
export interface AppRow {
  readonly id: string;
  readonly workspace_id: string | null;
  readonly name: string;
  readonly client_key: string;
  readonly is_audited: boolean | null;
  readonly daily_users: number | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** What TikTok lets an app do, as far as somebody has said; `null`: not known. */
export interface AppStanding {
  /** Whether it is audited for Direct Post. */
  readonly isAudited?: boolean | null | undefined;
  /** Users that it may post for in 24 hours. */
  readonly dailyUsers?: number | null | undefined;
}

const COLUMNS = [
  'id',
  'workspace_id',
  'name',
  'client_key',
  'is_audited',
  'daily_users',
  'created_at',
  'updated_at',
] as const;

/** Reads a page of the apps that the workspace may use, newest first. */
export async function selectApps(
  tx: Transaction,
  page: { readonly limit: number; readonly after: Position | undefined },
): Promise<AppRow[]> {
  const { limit, after } = page;
  let query = tx.selectFrom('tiktok_apps').select(COLUMNS);
  if (after !== undefined) {
    query = query.where(sql<boolean>`(created_at, id) < (${after.at}, ${after.id})`);
  }
  return query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
}

/** Reads one app that the workspace may use. */
export async function findApp(tx: Transaction, appId: string): Promise<AppRow | undefined> {
  return tx.selectFrom('tiktok_apps').select(COLUMNS).where('id', '=', appId).executeTakeFirst();
}

/** Reads what a credential is made of. */
export async function findCredentials(
  tx: Transaction,
  appId: string,
): Promise<CredentialsRow | undefined> {
  const query = preparedQuery<CredentialsRow>('find_credentials', FIND_CREDENTIALS, [appId]);
  return (await tx.executeQuery(query)).rows[0];
}

interface CredentialsRow {
  readonly workspace_id: string | null;
  readonly client_key: string;
  readonly client_secret_sealed: Buffer | null;
}

// Read with each refresh of an account, so it is parsed and planned once a connection.
const FIND_CREDENTIALS = `
  select workspace_id, client_key, client_secret_sealed from tiktok_apps where id = $1`;

/** Which app of the installation has a key, whichever workspace it belongs to. Ids only. */
export async function findAppByKey(
  tx: Transaction,
  clientKey: string,
): Promise<{ readonly appId: string; readonly workspaceId: string | null } | undefined> {
  const { rows } = await sql<{ app_id: string; workspace_id: string | null }>`
    select app_id, workspace_id from find_app(${clientKey})`.execute(tx);
  const [row] = rows;
  return row && { appId: row.app_id, workspaceId: row.workspace_id };
}

/** Stores a new app; `undefined` if another has its key. */
export async function insertApp(
  tx: Transaction,
  app: {
    readonly id: string;
    readonly workspaceId: string | null;
    readonly name: string;
    readonly clientKey: string;
    readonly clientSecretSealed: Buffer;
  } & AppStanding,
): Promise<AppRow | undefined> {
  return tx
    .insertInto('tiktok_apps')
    .values({
      id: app.id,
      workspace_id: app.workspaceId,
      name: app.name,
      client_key: app.clientKey,
      client_secret_sealed: app.clientSecretSealed,
      is_audited: app.isAudited ?? null,
      daily_users: app.dailyUsers ?? null,
    })
    .onConflict((conflict) => conflict.column('client_key').doNothing())
    .returning(COLUMNS)
    .executeTakeFirst();
}

/** Changes an app of the scope's own; `undefined` if there is none with this id. */
export async function changeApp(
  tx: Transaction,
  appId: string,
  change: {
    readonly name?: string | undefined;
    readonly clientSecretSealed?: Buffer | undefined;
  } & AppStanding,
): Promise<AppRow | undefined> {
  const { name, clientSecretSealed, dailyUsers, isAudited } = change;
  return tx
    .updateTable('tiktok_apps')
    .set({
      ...(name === undefined ? {} : { name }),
      ...(clientSecretSealed === undefined ? {} : { client_secret_sealed: clientSecretSealed }),
      ...(isAudited === undefined ? {} : { is_audited: isAudited }),
      ...(dailyUsers === undefined ? {} : { daily_users: dailyUsers }),
      updated_at: sql<Date>`app_now()`,
    })
    .where('id', '=', appId)
    .returning(COLUMNS)
    .executeTakeFirst();
}

/**
 * Keeps accounts from being connected through an app until the transaction ends, and waits for those that
 * are being connected now: see {@link keepApp}. Then what a later statement sees of its accounts stays true.
 *
 * @returns Whether there is such an app of the workspace's own.
 */
export async function lockApp(tx: Transaction, appId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('tiktok_apps')
    .select('id')
    .where('id', '=', appId)
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

/** Keeps an app of the workspace's own from {@link lockApp} until the transaction ends. Nobody deletes others. */
export async function keepApp(tx: Transaction, appId: string): Promise<void> {
  await tx.selectFrom('tiktok_apps').select('id').where('id', '=', appId).forKeyShare().execute();
}

/** Counts the accounts of an app that are in use, or wait to be connected again. */
export async function countAccountsOfApp(tx: Transaction, appId: string): Promise<number> {
  const { count } = await tx
    .selectFrom('accounts')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('app_id', '=', appId)
    .where('state', '<>', 'disconnected')
    .executeTakeFirstOrThrow();
  return count;
}

/** Deletes an app, and what is left of the accounts that were connected through it. */
export async function removeApp(tx: Transaction, appId: string): Promise<void> {
  await tx.deleteFrom('tiktok_apps').where('id', '=', appId).execute();
}
