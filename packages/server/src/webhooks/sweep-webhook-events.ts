import type { Services } from '../http/services.ts';
import { EVENT_NAMES } from './event-kinds.ts';
import { processEvent } from './process-event.ts';
import { type ClaimedEvent, claimEvents } from './webhook-queries.ts';

/** How a round of the sweep went. */
export interface WebhookSweepReport {
  /** Events that were due. */
  readonly claimed: number;
  /** Events that are done with. */
  readonly processed: number;
}

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
  const due = await claimEvents(services.database, EVENT_NAMES, options.limit);
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
  const { log, metrics } = services;
  try {
    const { event, end } = await processEvent(services, claimed);
    metrics.webhookEvents.inc({ event, outcome: end });
    return end === 'processed';
  } catch (error) {
    log.warn(
      { err: error, webhook_event_id: claimed.eventId },
      "An event of TikTok's is tried again",
    );
    // It may have failed before its name was read.
    metrics.webhookEvents.inc({ event: 'any', outcome: 'failed' });
    return false;
  }
}
