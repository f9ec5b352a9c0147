import { type AppCredentials, getAppCredentials } from '../accounts/apps.ts';
import { checkAppCredentials, checkConsentPage } from '../accounts/check-app.ts';
import { CALLBACK_PATH } from '../accounts/start-connection.ts';
import type { Vault } from '../accounts/vault/vault.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../db/clock.ts';
import { type Database, inInstallation, inWorkspace } from '../db/database.ts';
import type { ReachedDatabase } from './check-database.ts';
import { judgeSkew } from './check-database.ts';
import { type Finding, failed, ok, reasonOf, skipped, warning } from './finding.ts';

/** An app to look at. */
interface KnownApp {
  readonly name: string;
  readonly credentials: AppCredentials;
}

/** An app whose secret was given up with a lost master key. */
interface ForgottenApp {
  readonly name: string;
  readonly credentials: undefined;
}

// Each app is asked about at TikTok: an installation with many has the same trouble with all of them.
const MOST_APPS = 10;

/** Whether TikTok takes the apps of this installation, the redirect URI and the scopes that a connection asks for. */
export async function checkApps(
  config: Config,
  clock: Clock,
  apps: readonly (KnownApp | ForgottenApp)[],
): Promise<Finding[]> {
  if (apps.length === 0) {
    return [
      warning(
        'credentials',
        'There is no TikTok app yet, so no account can be connected.',
        'Set TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET, or add an app in the workspace. To try without TikTok: greenroom emulator',
      ),
    ];
  }
  const findings: Finding[] = [];
  for (const app of apps) {
    if (app.credentials === undefined) findings.push(withoutSecret(app));
    else findings.push(...(await checkApp(config, clock, app)));
  }
  return findings;
}

function withoutSecret({ name }: ForgottenApp): Finding {
  return failed(
    'credentials',
    `The client secret of ${name} was given up with a lost master key.`,
    'Have its workspace set it again: PATCH /api/v1/apps/{id} with client_secret.',
  );
}

async function checkApp(config: Config, clock: Clock, app: KnownApp): Promise<Finding[]> {
  const services = { config, clock };
  const { isAccepted, words } = await checkAppCredentials(services, app.credentials);
  if (isAccepted === undefined) {
    const remedy = `Let this machine reach ${config.tiktokApiUrl}, through its proxy or firewall.`;
    return [failed('credentials', `TikTok could not be asked about ${app.name}: ${words}`, remedy)];
  }
  if (!isAccepted) {
    const remedy =
      'Compare client key and secret with the developer portal (Manage apps), and set them anew.';
    return [failed('credentials', `TikTok refuses ${app.name}: ${words}`, remedy)];
  }
  return [
    ok('credentials', `TikTok takes key and secret of ${app.name}.`),
    ...(await checkConsent(config, clock, app)),
  ];
}

async function checkConsent(config: Config, clock: Clock, app: KnownApp): Promise<Finding[]> {
  const redirectUri = new URL(CALLBACK_PATH, config.publicUrl).href;
  const register = `Register ${redirectUri} as redirect URI of ${app.name} in the developer portal (Login Kit).`;
  const asked = await checkConsentPage({ config, clock }, app.credentials, redirectUri);
  if (asked.isShown === true) {
    const words = `TikTok opens its consent page for ${redirectUri} and all scopes; a redirect URI that is not registered it tells to browsers only.`;
    return [ok('redirect_uri', words), ok('scopes', `${app.name} may ask for all scopes.`)];
  }
  const words = `TikTok refuses a connection by ${app.name} with ${redirectUri}: ${asked.words}`;
  if (asked.isShown === undefined) {
    const remedy = `Let this machine reach ${config.tiktokAuthorizeUrl}; people's browsers must, too.`;
    return [warning('redirect_uri', words, remedy)];
  }
  if (/scope/.test(`${asked.code} ${asked.words}`)) {
    const remedy = `Add Login Kit, the Content Posting API and their scopes to ${app.name} in the developer portal.`;
    return [failed('scopes', words, remedy)];
  }
  return [failed('redirect_uri', words, register)];
}

/** Whether TikTok and this machine agree about the time: tokens expire by it. */
export async function checkTikTokClock({ isTestMode, tiktokApiUrl }: Config): Promise<Finding> {
  if (isTestMode) return skipped('clock_tiktok', 'In test mode clocks are moved.');
  try {
    const before = Date.now();
    const signal = AbortSignal.timeout(15_000);
    const { headers } = await fetch(tiktokApiUrl, { method: 'HEAD', redirect: 'manual', signal });
    const at = Date.parse(headers.get('date') ?? '');
    if (Number.isNaN(at)) return skipped('clock_tiktok', 'TikTok did not tell the time.');
    // The header has whole seconds.
    return judgeSkew('clock_tiktok', 'TikTok', at + 500 - (before + Date.now()) / 2);
  } catch (error) {
    return skipped('clock_tiktok', `TikTok could not be asked: ${reasonOf(error)}.`);
  }
}

/** The apps of the configuration and of the database. */
export async function findApps(
  config: Config,
  reached: ReachedDatabase | undefined,
  opened: { readonly database: Database; readonly vault: Vault } | undefined,
): Promise<(KnownApp | ForgottenApp)[]> {
  const { tiktokClientKey: clientKey, tiktokClientSecret: clientSecret } = config;
  const configured =
    clientKey === undefined || clientSecret === undefined
      ? []
      : [{ name: 'the app of TIKTOK_CLIENT_KEY', credentials: { clientKey, clientSecret } }];
  if (reached === undefined || opened === undefined) return configured;
  const { rows } = await reached.client.query<AppPlace>(
    `select id, workspace_id, name, client_secret_sealed is null as is_forgotten from public.tiktok_apps
      where client_key is distinct from $1 order by created_at limit ${MOST_APPS}`,
    [clientKey ?? null],
  );
  const stored: (KnownApp | ForgottenApp)[] = [];
  for (const row of rows) {
    const credentials = row.is_forgotten ? undefined : await openApp(opened, row);
    stored.push({ name: `the app "${row.name}"`, credentials });
  }
  return [...configured, ...stored];
}

interface AppPlace {
  readonly id: string;
  readonly workspace_id: string | null;
  readonly name: string;
  readonly is_forgotten: boolean;
}

function openApp(
  { database, vault }: { readonly database: Database; readonly vault: Vault },
  { id, workspace_id }: AppPlace,
): Promise<AppCredentials> {
  return workspace_id === null
    ? inInstallation(database, (tx) => getAppCredentials({ vault }, tx, id))
    : inWorkspace(database, workspace_id, (tx) => getAppCredentials({ vault }, tx, id));
}
