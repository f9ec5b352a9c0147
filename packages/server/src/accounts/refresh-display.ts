import type { UserField } from '@greenroom/sdk';
import { inWorkspace } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import { AccountUnavailableError } from './broker/account-unavailable.ts';
import type { TokenUse } from './broker/token-use.ts';
import {
  claimDueDisplays,
  findScopesToDisplay,
  retryDisplaySoon,
  updateDisplay,
} from './display-queries.ts';

// The fields that are shown, and the scope that each needs: asking for one that was not granted
// fails the whole call (reference 10.1).
const SHOWN: readonly { readonly field: UserField; readonly scope: string }[] = [
  { field: 'union_id', scope: 'user.info.basic' },
  { field: 'display_name', scope: 'user.info.basic' },
  { field: 'avatar_url', scope: 'user.info.basic' },
  { field: 'username', scope: 'user.info.profile' },
];

// A name that is shown a little later harms nobody.
const READ_WITHIN_MS = 8_000;

/**
 * Reads what TikTok shows of an account and stores it. A failure is logged and harmless: what was
 * shown before stays, its age tells how old it is, and the sweep tries again.
 *
 * @returns Whether it was read.
 */
export async function refreshDisplay(services: Services, use: TokenUse): Promise<boolean> {
  const { database, log } = services;
  const { workspaceId, accountId } = use;
  try {
    const scopes = await inWorkspace(database, workspaceId, (tx) =>
      findScopesToDisplay(tx, accountId),
    );
    if (scopes === undefined) return false;
    const shown = await read(services, use, scopes);
    await inWorkspace(database, workspaceId, (tx) => updateDisplay(tx, accountId, shown));
    return true;
  } catch (error) {
    // An account that is not connected any more has nothing to show: that is no failure.
    if (!(error instanceof AccountUnavailableError)) {
      log.warn({ err: error, account_id: accountId }, 'Name and picture could not be read');
    }
    await putForward(services, use);
    return false;
  }
}

/** How a round of the sweep went. */
export interface DisplaySweepReport {
  /** Accounts that were due. */
  readonly claimed: number;
  /** Accounts whose name and picture are fresh now. */
  readonly read: number;
}

/** Calls to TikTok at a time. */
const FAN_OUT = 4;

/** Keeps names and pictures fresh: reads those that are due, about once a day for each account. */
export async function sweepDisplays(
  services: Services,
  options: { readonly limit: number; readonly signal?: AbortSignal },
): Promise<DisplaySweepReport> {
  const due = await claimDueDisplays(services.database, options.limit);
  const queue = [...due];
  let read = 0;
  const work = async () => {
    for (let place = queue.shift(); place !== undefined; place = queue.shift()) {
      // What is left keeps its next date: a name may wait a day longer.
      if (options.signal?.aborted === true) return;
      if (await refreshDisplay(services, { ...place, ...SWEEP })) read += 1;
    }
  };
  await Promise.all(Array.from({ length: FAN_OUT }, work));
  return { claimed: due.length, read };
}

const SWEEP = {
  actor: { kind: 'system', id: 'display-sweep' },
  reason: 'keep name and picture fresh',
} as const;

async function read(services: Services, use: TokenUse, scopes: readonly string[]) {
  const fields = SHOWN.filter(({ scope }) => scopes.includes(scope)).map(({ field }) => field);
  if (fields.length === 0) return {};
  const signal = AbortSignal.timeout(READ_WITHIN_MS);
  const user = await services.broker.clientFor(use).getUserInfo(fields, { signal });
  return {
    unionId: user.union_id,
    username: user.username,
    displayName: user.display_name,
    avatarUrl: user.avatar_url,
  };
}

async function putForward({ database, log }: Services, use: TokenUse): Promise<void> {
  try {
    await inWorkspace(database, use.workspaceId, (tx) => retryDisplaySoon(tx, use.accountId));
  } catch (error) {
    log.warn({ err: error, account_id: use.accountId }, 'The next reading was not put forward');
  }
}
