import { inInstallation, inWorkspace, type Transaction } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import { processEvent } from './process-event.ts';
import { type ClaimedEvent, claimEvents } from './webhook-queries.ts';

/** How a round of the sweep went. */
export interface WebhookSweepReport {
  /** Events that were due. */
  readonly claimed: number;
  /** Events that are done with. */
  readonly processed: number;
}

/** The events that are processed so far; all others wait in the table. */
const KINDS = ['authorization.removed'];
/** Events at a time. */
const FAN_OUT = 4;

/**
 * Processes the events of TikTok's that are due. An event that fails is tried again later, each time
 * after a longer pause, and keeps no other from its turn.
 */
export async function sweepWebhookEvents(
  services: Services,
  options: { readonly limit: number; readonly signal?: AbortSignal },
): Promise<WebhookSweepReport> {
  const due = await claimEvents(services.database, KINDS, options.limit);
  const queue = [...due];
  let processed = 0;
  const work = async () => {
    for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
      // What is left is claimed for a moment only: the next round, or another process, takes it.
      if (options.signal?.aborted === true) return;
      if (await attempt(services, event)) processed += 1;
    }
  };
  await Promise.all(Array.from({ length: FAN_OUT }, work));
  return { claimed: due.length, processed };
}

async function attempt(services: Services, claimed: ClaimedEvent): Promise<boolean> {
  const { database, log, metrics } = services;
  const { eventId, workspaceId } = claimed;
  const inScope = <T>(work: (tx: Transaction) => Promise<T>) =>
    workspaceId === null
      ? inInstallation(database, work)
      : inWorkspace(database, workspaceId, work);
  try {
    await processEvent(services, claimed, inScope);
    metrics.webhookEvents.inc({ event: 'authorization.removed', outcome: 'processed' });
    return true;
  } catch (error) {
    log.warn({ err: error, webhook_event_id: eventId }, "An event of TikTok's is tried again");
    metrics.webhookEvents.inc({ event: 'authorization.removed', outcome: 'failed' });
    return false;
  }
}
