import { randomUUID } from 'node:crypto';
import { TikTokValidationError } from '@greenroom/sdk';
import { type AuthorizeRequest, createState } from '@greenroom/sdk/oauth';
import { recordActivity } from '../activity/record.ts';
import type { Transaction } from '../db/database.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { type Principal, toActor } from '../workspaces/principal.ts';
import { type AccountRow, findAccount } from './account-queries.ts';
import { getAppCredentials } from './apps.ts';
import { chooseApp } from './choose-app.ts';
import { type ConnectionRow, insertConnection } from './connection-queries.ts';
import { allScopes } from './scopes.ts';
import { Secret } from './secret.ts';
import { hashSession, hashState, verifierPlace } from './session-binding.ts';
import type { ConnectionFlow } from './tables.ts';
import { openOAuth } from './tiktok-oauth.ts';

/** Where TikTok sends the browser back in the web flow, below the public URL: register it at TikTok. */
export const CALLBACK_PATH = '/connect/callback';

/** How long a person may take at TikTok. */
const CONNECTION_LIFETIME_MINUTES = 30;

/** What to connect, and how. */
export interface ConnectionRequest {
  /** `web`: TikTok sends the browser to this server; `desktop`: to where a command line listens. */
  readonly flow: ConnectionFlow;
  /** The app to connect through; chosen if there is no doubt. */
  readonly appId?: string | undefined;
  /** The account to connect again: another identity is refused. */
  readonly accountId?: string | undefined;
  /** Where the command line listens, on loopback. */
  readonly redirectUri?: string | undefined;
  /** Scopes to ask for: by default those of the account, or all that Greenroom uses. */
  readonly scopes?: readonly string[] | undefined;
}

/** A connection that has begun. */
export interface StartedConnection {
  /** Its row. */
  readonly row: ConnectionRow;
  /** TikTok's consent page for it. Carries the state: for the person's browser alone. */
  readonly authorizeUrl: string;
}

/**
 * Begins to connect an account: stores what ties TikTok's answer to this session, and gives the
 * address of TikTok's consent page.
 *
 * @throws {ProblemError} `app-missing`, `not-found`, `invalid-request`.
 */
export async function startConnection(
  services: Services,
  tx: Transaction,
  principal: Principal,
  request: ConnectionRequest,
): Promise<StartedConnection> {
  const account = await findAccountToReconnect(tx, request);
  const appId = account?.app_id ?? (await chooseApp(services, tx, request.appId));
  const redirectUri = toRedirectUri(services, request);
  const scopes = request.scopes ?? account?.scopes_asked ?? allScopes();
  const state = createState();
  const oauth = openOAuth(services, await getAppCredentials(services, tx, appId));
  const authorize = await buildUrl(() =>
    oauth.createAuthorizeUrl({ redirectUri, scopes, state: state.value, disableAutoAuth: true }),
  );
  const id = randomUUID();
  const { workspaceId } = principal;
  const row = await insertConnection(tx, {
    id,
    workspaceId,
    appId,
    accountId: account?.id ?? null,
    flow: request.flow,
    redirectUri,
    scopes,
    stateHash: hashState(state.value),
    sessionHash: hashSession(principal),
    codeVerifierSealed: await sealVerifier(services, tx, { workspaceId, id }, authorize),
    lifetimeMinutes: CONNECTION_LIFETIME_MINUTES,
  });
  await recordActivity(tx, {
    actor: toActor(principal),
    action: 'connection.started',
    subjectId: id,
    ...(account === undefined ? {} : { accountId: account.id }),
    reason: account === undefined ? 'connect an account' : 'connect an account again',
    details: { flow: request.flow, scopes: [...scopes] },
  });
  return { row, authorizeUrl: authorize.url };
}

async function findAccountToReconnect(
  tx: Transaction,
  { accountId, appId }: ConnectionRequest,
): Promise<AccountRow | undefined> {
  if (accountId === undefined) return undefined;
  const account = await findAccount(tx, accountId);
  if (account === undefined) {
    throw new ProblemError('not-found', 'The workspace has no account with this id.');
  }
  if (appId === undefined || appId === account.app_id) return account;
  throw invalid('/app_id', 'The account belongs to another app: leave app_id out.');
}

/** The web flow comes back here, the desktop flow to the caller's own loopback address. */
function toRedirectUri(services: Services, { flow, redirectUri }: ConnectionRequest): string {
  if (flow === 'web') {
    if (redirectUri === undefined) return new URL(CALLBACK_PATH, services.config.publicUrl).href;
    throw invalid('/redirect_uri', 'The web flow comes back to this server: leave it out.');
  }
  if (redirectUri === undefined) {
    throw invalid('/redirect_uri', 'The desktop flow needs the address where you listen.');
  }
  const { hostname } = new URL(redirectUri);
  if (hostname === '127.0.0.1' || hostname === 'localhost') return redirectUri;
  throw invalid('/redirect_uri', 'The desktop flow comes back to 127.0.0.1 or localhost.');
}

async function buildUrl(build: () => Promise<AuthorizeRequest>): Promise<AuthorizeRequest> {
  try {
    return await build();
  } catch (error) {
    if (!(error instanceof TikTokValidationError)) throw error;
    throw new ProblemError('invalid-request', error.explanation, { cause: error });
  }
}

/** TikTok's desktop flow has a proof key; it is needed once, when the code is exchanged. */
async function sealVerifier(
  services: Services,
  tx: Transaction,
  connection: { readonly workspaceId: string; readonly id: string },
  { codeVerifier }: AuthorizeRequest,
): Promise<Buffer | null> {
  if (codeVerifier === undefined) return null;
  return services.vault.seal(tx, verifierPlace(connection), Secret.of(codeVerifier));
}

function invalid(pointer: string, detail: string): ProblemError {
  return new ProblemError('invalid-request', detail, { errors: [{ in: 'body', pointer, detail }] });
}
