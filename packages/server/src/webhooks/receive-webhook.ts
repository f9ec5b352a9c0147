import { createHash } from 'node:crypto';
import { type WebhookEvent, webhookIdempotencyKey } from '@greenroom/sdk/webhooks';
import { type ReceivedWebhook, verifyAppWebhook } from '../accounts/verify-app-webhook.ts';
import { inInstallation, inWorkspace } from '../db/database.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { findEventPlace, insertEvent } from './webhook-queries.ts';

/**
 * Checks that an event is TikTok's and stores it as it came, once, to be processed by the sweep.
 * Events and accounts that Greenroom does not know are kept too.
 *
 * @throws {ProblemError} `webhook-signature`, `malformed-body`; nothing is stored.
 */
export async function receiveWebhook(services: Services, webhook: ReceivedWebhook): Promise<void> {
  const { event, appId, workspaceId: workspaceOfApp } = await verifyAppWebhook(services, webhook);
  const { database, metrics } = services;
  const { client_key, user_openid, event_name } = event;
  const place =
    user_openid === undefined ? undefined : await findEventPlace(database, client_key, user_openid);
  const workspaceId = place?.workspaceId ?? workspaceOfApp;
  const row = {
    workspaceId,
    appId,
    accountId: place?.accountId ?? null,
    keyHash: createHash('sha256').update(webhookIdempotencyKey(event)).digest(),
    name: event_name,
    happenedAt: toInstant(event),
    body: Buffer.from(webhook.rawBody),
  };
  const isNew =
    workspaceId === null
      ? await inInstallation(database, (tx) => insertEvent(tx, row))
      : await inWorkspace(database, workspaceId, (tx) => insertEvent(tx, row));
  // Names that TikTok does not document are no labels: each would be a series of its own for ever.
  const label = event.event === 'unknown' ? 'unknown' : event_name;
  metrics.webhookEvents.inc({ event: label, outcome: isNew ? 'received' : 'repeated' });
}

function toInstant({ create_time }: WebhookEvent): Date {
  const instant = new Date(create_time * 1000);
  const year = instant.getUTCFullYear();
  // What the database could not hold, TikTok has not sent.
  if (year >= 1970 && year <= 9999) return instant;
  throw new ProblemError('malformed-body', 'create_time is no time of this world.');
}
