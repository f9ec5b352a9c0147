import { sql } from 'kysely';
import { raiseAlert } from '../../activity/alerts/alerts.ts';
import type { Transaction } from '../../db/transaction.ts';
import { planRetry } from './retry-plan.ts';
import type { WebhookAnswer } from './send-webhook.ts';

/** A delivery that this process may try now. */
export interface Claim {
  readonly deliveryId: string;
  readonly endpointId: string;
  readonly workspaceId: string;
  /** Number of this try: whoever claimed it later has a higher one. */
  readonly attempt: number;
}

/** What a try came to. */
export type DeliveryOutcome = 'delivered' | 'retried' | 'failed' | 'superseded';

/**
 * Writes down what a try came to: delivered, to be tried again, or failed for good. An endpoint that answers 410, or
 * that took nothing for as long as its oldest delivery was tried, is disabled, with an alert.
 */
export async function recordAnswer(
  tx: Transaction,
  claim: Claim,
  answer: WebhookAnswer,
  random: () => number,
): Promise<DeliveryOutcome> {
  const status = answer.kind === 'answered' ? answer.status : null;
  if (status !== null && status >= 200 && status < 300) return recordDelivered(tx, claim, status);
  const error = answer.kind === 'failed' ? answer.error : null;
  const isGone = status === 410;
  const retryAfter = answer.kind === 'answered' ? answer.retryAfter : undefined;
  const pauseS = isGone ? undefined : planRetry(claim.attempt, retryAfter, random);
  const { numAffectedRows = 0n } = await sql`
    update webhook_deliveries set state = ${pauseS === undefined ? 'failed' : 'pending'},
      last_status = ${status}, last_error = ${error}, last_tried_at = app_now(),
      next_try_at = app_now() + ${pauseS ?? 0}::float8 * interval '1 second'
    where id = ${claim.deliveryId} and state = 'pending' and attempts = ${claim.attempt}`.execute(
    tx,
  );
  if (numAffectedRows === 0n) return 'superseded';
  if (pauseS !== undefined) return 'retried';
  await disableIfDead(tx, claim, isGone ? 'gone' : 'failing');
  return 'failed';
}

/** Hands a delivery back untried: the process stops, or `error` of our own kept it; then it comes again in a minute. */
export async function releaseClaim(
  tx: Transaction,
  { attempt, deliveryId }: Claim,
  error: 'internal' | null = null,
): Promise<void> {
  await sql`
    update webhook_deliveries set attempts = attempts - 1, last_error = coalesce(${error}, last_error),
      next_try_at = app_now() + ${error === null ? 0 : 60}::float8 * interval '1 second'
    where id = ${deliveryId} and state = 'pending' and attempts = ${attempt}`.execute(tx);
}

async function recordDelivered(
  tx: Transaction,
  { attempt, deliveryId, endpointId }: Claim,
  status: number,
): Promise<DeliveryOutcome> {
  const { numAffectedRows = 0n } = await sql`
    update webhook_deliveries set state = 'delivered', last_status = ${status}, last_error = null,
      last_tried_at = app_now(), delivered_at = app_now()
    where id = ${deliveryId} and state = 'pending' and attempts = ${attempt}`.execute(tx);
  if (numAffectedRows === 0n) return 'superseded';
  // Not with each of many at once, which would wait for one another.
  await sql`
    update webhook_endpoints set last_delivered_at = app_now()
    where id = (select id from webhook_endpoints where id = ${endpointId}
      and coalesce(last_delivered_at < app_now() - interval '10 seconds', true)
      for no key update skip locked)`.execute(tx);
  return 'delivered';
}

/** Disables an endpoint that took nothing since the delivery that failed was made. */
async function disableIfDead(
  tx: Transaction,
  { deliveryId, endpointId }: Claim,
  reason: 'gone' | 'failing',
): Promise<void> {
  const { numAffectedRows = 0n } = await sql`
    update webhook_endpoints w
    set is_enabled = false, disabled_reason = ${reason}, updated_at = app_now()
    from webhook_deliveries d
    where w.id = ${endpointId} and w.is_enabled and d.id = ${deliveryId}
      and (${reason} = 'gone' or coalesce(w.last_delivered_at < d.created_at, true))`.execute(tx);
  if (numAffectedRows === 0n) return;
  const details = { webhook_endpoint_id: endpointId, reason };
  await raiseAlert(tx, { kind: 'webhook_failing', subject: endpointId, details });
}
