import { TikTokOAuthError } from '@greenroom/sdk';
import { type DecodedCallback, parseCallback, type UserTokens } from '@greenroom/sdk/oauth';
import { inWorkspace } from '../db/database.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { type Principal, toActor } from '../workspaces/principal.ts';
import { type AppCredentials, getAppCredentials } from './apps.ts';
import {
  type ClaimableConnection,
  findWorkspaceOfState,
  lockConnectionOfState,
  useConnection,
} from './connection-queries.ts';
import { dropTokens } from './drop-tokens.ts';
import { recordEnd } from './end-connection.ts';
import { outlastDatabase } from './outlast-database.ts';
import { refreshDisplay } from './refresh-display.ts';
import type { Secret } from './secret.ts';
import { hashSession, hashState, isSameHash, verifierPlace } from './session-binding.ts';
import { storeAccount } from './store-account.ts';
import { openOAuth } from './tiktok-oauth.ts';
import { toTikTokProblem } from './tiktok-problems.ts';

/** A connection whose state was used up by the one who began it. */
export interface ClaimedConnection {
  /** Its row. */
  readonly row: ClaimableConnection;
  /** The app that it goes through. */
  readonly app: AppCredentials;
  /** The code verifier, if the flow has one. */
  readonly codeVerifier: Secret | undefined;
}

/** How a connection is completed. */
export interface CompleteOptions {
  /**
   * How long TikTok may take for the exchange, repeats included, and the database to come back for what it brought.
   * Default 20 s: somebody is waiting.
   */
  readonly deadlineMs?: number;
}

/** Which workspace a `state` belongs to, so that whoever brings it can be let in there. */
export async function findConnectionWorkspace(
  services: Pick<Services, 'database'>,
  state: string,
): Promise<string | undefined> {
  return findWorkspaceOfState(services.database, hashState(state));
}

/**
 * Completes a connection with what TikTok's redirect brought: uses the state up, exchanges the code
 * once, and stores account, tokens and audit entry together.
 *
 * Three steps, none of which holds a transaction open while TikTok is asked: the state is used up and
 * committed; the code is exchanged; what came of it is committed. A crash between them leaves nothing
 * half stored, and the person begins again, because a code is never exchanged twice.
 *
 * @returns The id of the account.
 * @throws {ProblemError} What went wrong, in words; but for `connection-unknown` the state is used up.
 */
export async function completeConnection(
  services: Services,
  principal: Principal,
  callback: DecodedCallback,
  options: CompleteOptions = {},
): Promise<string> {
  const claimed = await claimConnection(services, principal, callback.state ?? '');
  const accountId = await finish(services, principal, claimed, callback, options);
  await refreshDisplay(services, {
    workspaceId: principal.workspaceId,
    accountId,
    actor: toActor(principal),
    reason: 'show the account that was connected',
  });
  return accountId;
}

async function finish(
  services: Services,
  principal: Principal,
  claimed: ClaimedConnection,
  callback: DecodedCallback,
  { deadlineMs = 20_000 }: CompleteOptions,
): Promise<string> {
  try {
    const code = readCode(claimed, callback);
    const deadline = AbortSignal.timeout(deadlineMs);
    const tokens = await exchange(services, claimed, code, deadline);
    return await keep(services, principal, claimed, tokens, deadline);
  } catch (error) {
    throw await recordEnd(services, principal, claimed.row, error);
  }
}

/**
 * Uses a state up for the one who began with it. A state of somebody else's is as unknown as a forged
 * one, and stays good for its owner.
 */
async function claimConnection(
  services: Services,
  principal: Principal,
  state: string,
): Promise<ClaimedConnection> {
  const { workspaceId } = principal;
  return inWorkspace(services.database, workspaceId, async (tx) => {
    const stateHash = hashState(state);
    const row = await lockConnectionOfState(tx, stateHash);
    const isOurs =
      row !== undefined &&
      isSameHash(row.state_hash, stateHash) &&
      isSameHash(row.session_hash, hashSession(principal));
    if (!isOurs) {
      throw new ProblemError('connection-unknown', 'This connection was not begun here.');
    }
    if (row.used_at !== null) {
      throw new ProblemError('connection-used', 'This connection was completed already.');
    }
    if (row.is_expired) {
      throw new ProblemError('connection-expired', 'It was begun more than 30 minutes ago.');
    }
    const app = await getAppCredentials(services, tx, row.app_id);
    const sealed = row.code_verifier_sealed;
    const place = verifierPlace({ workspaceId, id: row.id });
    const codeVerifier = sealed === null ? undefined : await services.vault.open(tx, place, sealed);
    await useConnection(tx, row.id);
    return { row, app, codeVerifier };
  });
}

/** The code, or TikTok's refusal. The state and its age were judged before, by its hash and by the database's clock. */
function readCode({ row }: ClaimedConnection, callback: DecodedCallback): string {
  const state = { value: callback.state ?? '', expiresAt: row.expires_at };
  try {
    return parseCallback(callback, { state, clock: () => row.created_at }).code;
  } catch (error) {
    if (!(error instanceof TikTokOAuthError)) throw error;
    const tiktok = { code: error.code, log_id: error.logId ?? null };
    throw new ProblemError('connection-refused', error.explanation, { cause: error, tiktok });
  }
}

async function exchange(
  services: Services,
  { row, app, codeVerifier }: ClaimedConnection,
  code: string,
  signal: AbortSignal,
): Promise<UserTokens> {
  const oauth = openOAuth(services, app);
  const redirectUri = row.redirect_uri;
  try {
    // The SDK repeats it only when TikTok itself says that it did nothing; an answer that was lost
    // or cannot be read ends it, because the code may be spent.
    return await oauth.exchangeCode(
      { code, redirectUri, codeVerifier: codeVerifier?.reveal() },
      { signal },
    );
  } catch (error) {
    throw toTikTokProblem(error);
  }
}

/** Stores the account; tokens that cannot be kept are given back to TikTok. */
async function keep(
  services: Services,
  principal: Principal,
  claimed: ClaimedConnection,
  tokens: UserTokens,
  deadline: AbortSignal,
): Promise<string> {
  const { row } = claimed;
  try {
    return await outlastDatabase(services, row.id, deadline, () =>
      storeAccount(services, principal, row, tokens),
    );
  } catch (error) {
    // With the database away that takes until it is back, and somebody is waiting.
    await Promise.race([dropTokens(services, principal, claimed, tokens), aborted(deadline)]);
    throw error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
