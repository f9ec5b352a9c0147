import { parseWebhook } from '@greenroom/sdk/webhooks';
import { type Removal, removeAuthorization } from '../accounts/authorization-removed.ts';
import { inInstallation, inWorkspace, type Transaction } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import { factOfEvent, type PostFact } from '../publishing/follow/fact.ts';
import { settlePostEvent } from '../publishing/follow/settle-event.ts';
import { isOurs } from './event-kinds.ts';
import { removalOf, settleDoubt } from './process-removal.ts';
import {
  type ClaimedEvent,
  endEvent,
  lockPendingEvent,
  type PendingEvent,
  putOffEvent,
} from './webhook-queries.ts';

/** Runs work in a transaction of the event's workspace, or of none. */
export type InScope = <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>;

/** What became of an event; `later`: it waits for something, and is looked at again. */
export type EventEnd = 'processed' | 'later';

/**
 * Processes one event: what it changes and that it is done with are committed together, so that a kill at any moment
 * leaves it done or to be done again.
 *
 * @throws If something fails; the event is tried again later.
 */
export async function processEvent(
  services: Services,
  claimed: ClaimedEvent,
): Promise<{ readonly event: string; readonly end: EventEnd }> {
  const { eventId, workspaceId } = claimed;
  const inScope = scopeOf(services, claimed);
  const settled = await inScope(async (tx) => {
    const event = await lockPendingEvent(tx, eventId);
    // Another process was faster.
    if (event === undefined) return { event: 'any', end: 'processed' } as const;
    return { event: event.event, end: await settle(services, tx, eventId, event) };
  });
  const { event, end } = settled;
  if (typeof end === 'string') return { event, end };
  if (workspaceId !== null) {
    await settleDoubt(services, { eventId, workspaceId, removal: end }, inScope);
  }
  return { event, end: 'processed' };
}

function scopeOf({ database }: Services, { workspaceId }: ClaimedEvent): InScope {
  return (work) =>
    workspaceId === null
      ? inInstallation(database, work)
      : inWorkspace(database, workspaceId, work);
}

/** Does what needs no question to TikTok; gives back the removal that does. */
async function settle(
  services: Services,
  tx: Transaction,
  eventId: string,
  event: PendingEvent,
): Promise<EventEnd | Removal> {
  const parsed = parseWebhook(event.body);
  if (!isOurs(parsed)) return endWith(tx, eventId, 'not_ours');
  const { account_id, happened_at, received_at } = event;
  if (account_id === null) return endWith(tx, eventId, 'unknown_account');
  const told = factOfEvent(parsed);
  if (told !== undefined)
    return settlePost(services, tx, { account_id, eventId, received_at, told });
  const removal = removalOf(account_id, happened_at, parsed);
  const outcome = await removeAuthorization(tx, removal);
  return outcome === 'in_doubt' ? removal : endWith(tx, eventId, outcome);
}

interface ToldOfPost extends Pick<PendingEvent, 'account_id' | 'received_at'> {
  readonly eventId: string;
  readonly account_id: string;
  readonly told: PostFact;
}

async function settlePost(
  services: Services,
  tx: Transaction,
  { account_id: accountId, eventId, received_at: receivedAt, told }: ToldOfPost,
): Promise<EventEnd> {
  const outcome = await settlePostEvent(services, tx, accountId, told);
  if (outcome !== 'later') return endWith(tx, eventId, outcome);
  const ageMs = services.clock.now().getTime() - receivedAt.getTime();
  if (ageMs > MATCHED_WITHIN_MS) return endWith(tx, eventId, 'unmatched');
  await putOffEvent(tx, eventId, Math.min(Math.max(ageMs / 2, SOON_MS), LATER_MS));
  return 'later';
}

// Our own commit follows within moments; a person who has to look takes days.
const SOON_MS = 500;
const LATER_MS = 3_600_000;
const MATCHED_WITHIN_MS = 30 * 24 * LATER_MS;

async function endWith(tx: Transaction, eventId: string, outcome: string): Promise<EventEnd> {
  await endEvent(tx, eventId, outcome);
  return 'processed';
}
