import { randomUUID } from 'node:crypto';
import { type Actor, recordActivity } from '../activity/record.ts';
import { inInstallation, type Transaction } from '../db/database.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { countPostsOfApp } from '../posts/count-posts.ts';
import {
  type AppRow,
  type AppStanding,
  changeApp,
  countAccountsOfApp,
  findApp,
  findAppByKey,
  findCredentials,
  insertApp,
  lockApp,
  removeApp,
} from './app-queries.ts';
import type { Secret } from './secret.ts';
import type { Place } from './vault/vault.ts';

/** What TikTok knows an app by. */
export interface AppCredentials {
  /** TikTok's name for the client id. */
  readonly clientKey: string;
  /** Never printed; `reveal()` it only to hand it to TikTok. */
  readonly clientSecret: Secret;
}

/**
 * Opens the credentials of an app that the workspace of the transaction may use.
 *
 * @throws {ProblemError} `app-missing` if there is no such app, or its secret was given up.
 */
export async function getAppCredentials(
  services: Pick<Services, 'vault'>,
  tx: Transaction,
  appId: string,
): Promise<AppCredentials> {
  const row = await findCredentials(tx, appId);
  if (row === undefined) throw new ProblemError('app-missing', 'The TikTok app does not exist.');
  const { client_key: clientKey, client_secret_sealed: sealed, workspace_id: workspaceId } = row;
  if (sealed === null) throw new ProblemError('app-missing', toForgotten(clientKey, workspaceId));
  const clientSecret = await services.vault.open(tx, secretPlace(workspaceId, appId), sealed);
  return { clientKey, clientSecret };
}

/** Registers an app of the workspace. */
export async function createApp(
  services: Pick<Services, 'vault'>,
  tx: Transaction,
  app: {
    readonly actor: Actor;
    readonly workspaceId: string;
    readonly name: string;
    readonly clientKey: string;
    readonly clientSecret: Secret;
  } & AppStanding,
): Promise<AppRow> {
  const id = randomUUID();
  const { actor, workspaceId, name, clientKey, clientSecret, isAudited, dailyUsers } = app;
  const clientSecretSealed = await services.vault.seal(
    tx,
    secretPlace(workspaceId, id),
    clientSecret,
  );
  const row = await insertApp(tx, {
    id,
    workspaceId,
    name,
    clientKey,
    clientSecretSealed,
    isAudited,
    dailyUsers,
  });
  if (row === undefined) {
    throw new ProblemError('app-key-taken', `An app with the client_key ${clientKey} exists.`);
  }
  await recordActivity(tx, {
    actor,
    action: 'app.created',
    subjectId: id,
    reason: 'registered',
    details: { name, client_key: clientKey },
  });
  return row;
}

/** Changes an app of the workspace: its name, its secret, what TikTok lets it do. */
export async function updateApp(
  services: Pick<Services, 'vault'>,
  tx: Transaction,
  change: {
    readonly actor: Actor;
    readonly workspaceId: string;
    readonly appId: string;
    readonly name?: string | undefined;
    readonly clientSecret?: Secret | undefined;
  } & AppStanding,
): Promise<AppRow> {
  const { actor, appId, name, clientSecret } = change;
  await requireOwnApp(tx, appId);
  const place = secretPlace(change.workspaceId, appId);
  const clientSecretSealed = clientSecret && (await services.vault.seal(tx, place, clientSecret));
  const { dailyUsers, isAudited } = change;
  const row = await changeApp(tx, appId, { name, clientSecretSealed, dailyUsers, isAudited });
  if (row === undefined) throw notFound();
  await recordActivity(tx, {
    actor,
    action: 'app.updated',
    subjectId: appId,
    reason: clientSecret === undefined ? 'changed' : 'client_secret replaced',
    details: { name: row.name, is_audited: row.is_audited, daily_users: row.daily_users },
  });
  return row;
}

/** Deletes an app of the workspace, unless accounts are connected through it or posts of its accounts are kept. */
export async function deleteApp(
  tx: Transaction,
  { actor, appId }: { readonly actor: Actor; readonly appId: string },
): Promise<void> {
  const app = await requireOwnApp(tx, appId);
  if (!(await lockApp(tx, appId))) throw notFound();
  const count = await countAccountsOfApp(tx, appId);
  if (count > 0) {
    const accounts = count === 1 ? '1 account is' : `${count} accounts are`;
    throw new ProblemError('app-in-use', `${accounts} connected through it. Disconnect first.`);
  }
  const posts = await countPostsOfApp(tx, appId);
  if (posts > 0) {
    const kept = posts === 1 ? '1 post of its accounts is' : `${posts} posts of its accounts are`;
    throw new ProblemError(
      'app-in-use',
      `${kept} kept, and an account goes with its app. Delete the posts that were never tried; what was tried stays, and the app with it.`,
    );
  }
  await removeApp(tx, appId);
  await recordActivity(tx, {
    actor,
    action: 'app.deleted',
    subjectId: appId,
    reason: 'deleted',
    details: { name: app.name, client_key: app.client_key },
  });
}

/**
 * Brings the app of the configuration into the database, its secret sealed; does nothing when it is
 * there already, or when none is configured. Run at start, in any number of processes at once.
 *
 * @throws If a workspace has registered the same `client_key`.
 */
export async function ensureInstallationApp(
  services: Pick<Services, 'config' | 'database' | 'vault'>,
): Promise<void> {
  const { tiktokClientKey: clientKey, tiktokClientSecret: clientSecret } = services.config;
  if (clientKey === undefined || clientSecret === undefined) return;
  const { tiktokAppIsAudited: isAudited = null, tiktokAppDailyUsers: dailyUsers = null } =
    services.config;
  await inInstallation(services.database, async (tx) => {
    const found = await findAppByKey(tx, clientKey);
    const app = { clientKey, clientSecret, isAudited, dailyUsers };
    if (found === undefined) await addInstallationApp(services, tx, app);
    else await renewInstallationApp(services, tx, found, app);
  });
}

/** The app that the configuration names. */
interface InstallationApp extends AppCredentials {
  readonly isAudited: boolean | null;
  readonly dailyUsers: number | null;
}

async function addInstallationApp(
  services: Pick<Services, 'vault'>,
  tx: Transaction,
  { clientKey, clientSecret, ...standing }: InstallationApp,
): Promise<void> {
  const id = randomUUID();
  const clientSecretSealed = await services.vault.seal(tx, secretPlace(null, id), clientSecret);
  const name = 'TikTok app of this installation';
  const row = await insertApp(tx, {
    id,
    workspaceId: null,
    name,
    clientKey,
    clientSecretSealed,
    ...standing,
  });
  // Another process that starts at this moment was faster, with the same configuration.
  if (row === undefined) return;
  await recordActivity(tx, {
    actor: CONFIGURATION,
    action: 'app.created',
    subjectId: id,
    reason: 'TIKTOK_CLIENT_KEY',
    details: { client_key: clientKey },
  });
}

async function renewInstallationApp(
  services: Pick<Services, 'vault'>,
  tx: Transaction,
  found: { readonly appId: string; readonly workspaceId: string | null },
  { clientSecret, isAudited, dailyUsers }: InstallationApp,
): Promise<void> {
  const { appId, workspaceId } = found;
  if (workspaceId !== null) {
    throw new Error(
      'TIKTOK_CLIENT_KEY is the client_key of an app that a workspace has registered. Leave it out, or have the workspace delete its app.',
    );
  }
  await changeStanding(tx, appId, { isAudited, dailyUsers });
  if (await hasSecret(services, tx, appId, clientSecret)) return;
  const clientSecretSealed = await services.vault.seal(tx, secretPlace(null, appId), clientSecret);
  await changeApp(tx, appId, { clientSecretSealed });
  await recordActivity(tx, {
    actor: CONFIGURATION,
    action: 'app.updated',
    subjectId: appId,
    reason: 'TIKTOK_CLIENT_SECRET has changed',
  });
}

async function changeStanding(
  tx: Transaction,
  appId: string,
  standing: Pick<InstallationApp, 'isAudited' | 'dailyUsers'>,
): Promise<void> {
  const before = await findApp(tx, appId);
  const { isAudited, dailyUsers } = standing;
  if (before?.is_audited === isAudited && before?.daily_users === dailyUsers) return;
  await changeApp(tx, appId, standing);
  await recordActivity(tx, {
    actor: CONFIGURATION,
    action: 'app.updated',
    subjectId: appId,
    reason: 'TIKTOK_APP_AUDITED or TIKTOK_APP_DAILY_USERS has changed',
    details: { is_audited: isAudited, daily_users: dailyUsers },
  });
}

async function hasSecret(
  services: Pick<Services, 'vault'>,
  tx: Transaction,
  appId: string,
  secret: Secret,
): Promise<boolean> {
  const sealed = (await findCredentials(tx, appId))?.client_secret_sealed;
  if (sealed == null) return false;
  return (await services.vault.open(tx, secretPlace(null, appId), sealed)).equals(secret);
}

const CONFIGURATION: Actor = { kind: 'system', id: 'configuration' };

async function requireOwnApp(tx: Transaction, appId: string): Promise<AppRow> {
  const app = await findApp(tx, appId);
  if (app === undefined) throw notFound();
  if (app.workspace_id !== null) return app;
  throw new ProblemError(
    'forbidden',
    'This app belongs to the installation: its operator changes it by TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET.',
  );
}

function toForgotten(clientKey: string, workspaceId: string | null): string {
  const how =
    workspaceId === null
      ? 'The operator gives it again by TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET.'
      : 'Give it again: PATCH /api/v1/apps/{id} with client_secret.';
  return `The client secret of the app ${clientKey} was given up with a lost master key. ${how}`;
}

function notFound(): ProblemError {
  return new ProblemError('not-found', 'The workspace has no TikTok app with this id.');
}

function secretPlace(workspaceId: string | null, rowId: string): Place {
  return { workspaceId, table: 'tiktok_apps', column: 'client_secret_sealed', rowId };
}
