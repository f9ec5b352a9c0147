import { parseWebhook } from '@greenroom/sdk/webhooks';
import { type Removal, removeAuthorization } from '../accounts/authorization-removed.ts';
import { AccountUnavailableError } from '../accounts/broker/account-unavailable.ts';
import type { Transaction } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import { type ClaimedEvent, endEvent, lockPendingEvent } from './webhook-queries.ts';

/** Runs work in a transaction of the event's workspace, or of none. */
export type InScope = <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>;

/**
 * Processes one `authorization.removed`: what it changes and that it is done with are committed
 * together, so that a kill at any moment leaves it done or to be done again.
 */
export async function processEvent(
  services: Services,
  { eventId, workspaceId }: ClaimedEvent,
  inScope: InScope,
): Promise<void> {
  const doubt = await inScope((tx) => settle(tx, eventId));
  if (doubt === undefined || workspaceId === null) return;
  const isAuthorized = await askTikTok(services, workspaceId, doubt);
  await inScope(async (tx) => {
    if ((await lockPendingEvent(tx, eventId)) === undefined) return;
    const outcome = isAuthorized ? 'still_authorized' : await removeAuthorization(tx, doubt);
    await endEvent(tx, eventId, outcome);
  });
}

/** Does what needs no question to TikTok; gives back the removal that does. */
async function settle(tx: Transaction, eventId: string): Promise<Removal | undefined> {
  const event = await lockPendingEvent(tx, eventId);
  if (event === undefined) return undefined;
  if (event.account_id === null) {
    await endEvent(tx, eventId, 'unknown_account');
    return undefined;
  }
  const removal = {
    accountId: event.account_id,
    happenedAt: event.happened_at,
    reason: readReason(event.body),
  };
  const outcome = await removeAuthorization(tx, removal);
  if (outcome === 'in_doubt') return removal;
  await endEvent(tx, eventId, outcome);
  return undefined;
}

/**
 * Finds out whether the present authorization lives, by renewing its tokens: TikTok refuses that to
 * one that was removed, and the broker then takes note that the account must be connected again.
 *
 * @throws If TikTok cannot be asked now.
 */
async function askTikTok(
  services: Services,
  workspaceId: string,
  { accountId }: Removal,
): Promise<boolean> {
  const actor = { kind: 'tiktok', id: 'authorization.removed' } as const;
  const reason = 'TikTok told of a removal that may be older than the connection';
  try {
    await services.broker.refresh({ workspaceId, accountId, actor, reason });
    return true;
  } catch (error) {
    if (error instanceof AccountUnavailableError && !error.isRetryable) return false;
    throw error;
  }
}

function readReason(body: Uint8Array): number {
  const event = parseWebhook(body);
  return event.event === 'authorization.removed' ? event.content.reason : 0;
}
