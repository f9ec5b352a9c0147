import type { WebhookEvent } from '@greenroom/sdk/webhooks';
import { type Removal, removeAuthorization } from '../accounts/authorization-removed.ts';
import { AccountUnavailableError } from '../accounts/broker/account-unavailable.ts';
import type { Services } from '../http/services.ts';
import type { InScope } from './process-event.ts';
import { endEvent, lockPendingEvent } from './webhook-queries.ts';

/** Reads an `authorization.removed`. */
export function removalOf(accountId: string, happenedAt: Date, event: WebhookEvent): Removal {
  const reason = event.event === 'authorization.removed' ? event.content.reason : 0;
  return { accountId, happenedAt, reason };
}

/** A removal of which only TikTok knows whether it ended the present connection. */
export interface DoubtfulRemoval {
  readonly eventId: string;
  readonly workspaceId: string;
  readonly removal: Removal;
}

/**
 * Asks TikTok, outside of any transaction, and ends the event by its answer.
 *
 * @throws If TikTok cannot be asked now.
 */
export async function settleDoubt(
  services: Services,
  { eventId, removal, workspaceId }: DoubtfulRemoval,
  inScope: InScope,
): Promise<void> {
  const isAuthorized = await askTikTok(services, workspaceId, removal);
  await inScope(async (tx) => {
    if ((await lockPendingEvent(tx, eventId)) === undefined) return;
    const outcome = isAuthorized ? 'still_authorized' : await removeAuthorization(tx, removal);
    await endEvent(tx, eventId, outcome);
  });
}

/**
 * Finds out whether the present authorization lives, by renewing its tokens: TikTok refuses that to
 * one that was removed, and the broker then takes note that the account must be connected again.
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
