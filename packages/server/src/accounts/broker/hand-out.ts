import { recordActivity } from '../../activity/record.ts';
import { inWorkspace, type Transaction } from '../../db/database.ts';
import { preparedQuery } from '../../db/transaction.ts';
import type { AccountState, StateReason } from '../account-state.ts';
import type { Secret } from '../secret.ts';
import {
  AccountUnavailableError,
  accountNotConnected,
  accountUnknown,
  refreshDelayed,
} from './account-unavailable.ts';
import type { BrokerContext } from './broker-context.ts';
import type { Refresher } from './refresher.ts';
import { FRESH_SHARE } from './schedule.ts';
import { tokenPlace } from './token-store.ts';
import type { TokenUse } from './token-use.ts';

/** What a use of a token asks for. */
export interface HandOutRequest {
  /** The token that TikTok has just refused. */
  readonly rejected?: Secret | undefined;
  /** Ends the waiting of this use; a refresh under way goes on for the others. */
  readonly signal?: AbortSignal | undefined;
}

// One to wait for a refresh that began from an older pair, one for our own, one to spare.
const MOST_REFRESHES = 3;

/**
 * Hands out an account's access token: reads it and writes the audit entry in one transaction, and
 * gives the token only after the commit.
 *
 * A token that TikTok refused, that ended or is about to end is renewed first. If that fails and the
 * present one still lives, the present one is handed out: an early refresh is a favour, not a need.
 */
export async function handOut(
  context: BrokerContext,
  refresher: Refresher,
  use: TokenUse,
  { rejected, signal }: HandOutRequest,
): Promise<Secret> {
  let doubt: Doubt = { rejected };
  for (let refreshes = 0; refreshes <= MOST_REFRESHES; refreshes += 1) {
    const found = await inWorkspace(context.database, use.workspaceId, (tx) =>
      take(tx, context, use, doubt),
    );
    if (found.token !== undefined) return found.token;
    const failure = await catchDelay(refresher.renew(use, found.generation, { signal }));
    if (failure !== undefined && !found.isAlive) throw failure;
    doubt = { ...doubt, renewed: found.generation, isPresentWelcome: failure !== undefined };
  }
  throw refreshDelayed(use.accountId, { code: 'refresh_running' });
}

/** What speaks against the token that is stored. */
interface Doubt {
  readonly rejected?: Secret | undefined;
  /** The generation that we had renewed: another one is handed out whatever the clock says of it. */
  readonly renewed?: number;
  /** Renewing failed, so that the present token will do as long as it lives. */
  readonly isPresentWelcome?: boolean;
}

type Taken =
  | { readonly token: Secret }
  | { readonly token?: undefined; readonly generation: number; readonly isAlive: boolean };

async function take(
  tx: Transaction,
  context: BrokerContext,
  use: TokenUse,
  doubt: Doubt,
): Promise<Taken> {
  const row = await readForHandOut(tx, use.accountId);
  if (row === undefined) throw accountUnknown(use.accountId);
  const { state, state_reason, generation, access_token_sealed } = row;
  if (state !== 'connected') throw accountNotConnected(use.accountId, state, state_reason);
  if (access_token_sealed === null) throw accountUnknown(use.accountId);
  const place = tokenPlace(use, 'access_token_sealed');
  const token = await context.vault.open(tx, place, access_token_sealed);
  if (isDoubtful(row, token, doubt)) {
    const isAlive = !row.is_ended && !isRejected(token, doubt);
    if (!isAlive && row.is_delayed) {
      throw refreshDelayed(use.accountId, {
        code: row.last_failure_code ?? 'internal_error',
        retryAt: row.refresh_due_at ?? undefined,
      });
    }
    return { generation, isAlive };
  }
  const { actor, accountId, reason } = use;
  const details = { generation };
  await recordActivity(tx, { actor, action: 'token.handed_out', accountId, reason, details });
  return { token };
}

function isDoubtful(row: HandOutRow, token: Secret, doubt: Doubt): boolean {
  if (isRejected(token, doubt)) return true;
  if (doubt.renewed !== undefined && row.generation !== doubt.renewed) return false;
  if (row.is_ended) return true;
  return row.is_ending && !row.is_delayed && doubt.isPresentWelcome !== true;
}

function isRejected(token: Secret, { rejected }: Doubt): boolean {
  return rejected !== undefined && token.equals(rejected);
}

/** Waits for a refresh; gives back why it has to wait, and throws what is more than that. */
async function catchDelay(renewal: Promise<void>): Promise<AccountUnavailableError | undefined> {
  try {
    await renewal;
    return undefined;
  } catch (error) {
    if (error instanceof AccountUnavailableError && error.isRetryable) return error;
    throw error;
  }
}

interface HandOutRow {
  readonly state: AccountState;
  readonly state_reason: StateReason | null;
  readonly access_token_sealed: Buffer | null;
  readonly generation: number;
  readonly refresh_due_at: Date | null;
  readonly last_failure_code: string | null;
  readonly is_ended: boolean;
  readonly is_ending: boolean;
  readonly is_delayed: boolean;
}

async function readForHandOut(tx: Transaction, accountId: string): Promise<HandOutRow | undefined> {
  const query = preparedQuery<HandOutRow>('read_for_hand_out', SELECT, [accountId, FRESH_SHARE]);
  return (await tx.executeQuery(query)).rows[0];
}

const SELECT = `
select a.state, a.state_reason, t.access_token_sealed, t.generation, t.refresh_due_at,
  t.last_failure_code, t.access_expires_at <= clock.now as is_ended,
  t.access_expires_at - (t.access_expires_at - t.refreshed_at) * $2::float8 <= clock.now as is_ending,
  t.failures > 0 and t.refresh_due_at > clock.now as is_delayed
from (select app_now() as now) clock, accounts a
  left join account_tokens t on t.account_id = a.id
where a.id = $1`;
