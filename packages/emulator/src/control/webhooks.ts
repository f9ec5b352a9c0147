import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { Posting } from '../posting/posting.ts';
import type { WebhookDelivery } from '../webhooks/webhooks.ts';
import { ControlError } from './control-error.ts';
import { handleOperation } from './handle-operation.ts';
import type { WebhookSchema } from './schemas.ts';

/** `GET webhooks` and `POST webhooks`. */
export function registerWebhooks(app: FastifyInstance, { emulator, webhooks }: Posting): void {
  handleOperation(app, 'listWebhooks', ({ query }) => ({
    webhooks: webhooks.list(query.after).map(toWebhookView),
  }));
  handleOperation(app, 'sendWebhook', ({ body }) => {
    const { client_key, username, event, content } = body;
    const { apps, creators } = emulator.store;
    if (!apps.has(client_key)) throw new ControlError(404, `There is no app ${client_key}.`);
    if (username !== undefined && !creators.has(username)) {
      throw new ControlError(404, `There is no creator ${username}.`);
    }
    const open_id = username === undefined ? null : emulator.store.openId(client_key, username);
    return toWebhookView(webhooks.emit({ event, client_key, open_id, content }));
  });
}

function toWebhookView(delivery: WebhookDelivery): z.input<typeof WebhookSchema> {
  const { created_at, attempts, ...view } = delivery;
  return {
    ...view,
    attempts: attempts.map((attempt) => ({ ...attempt })),
    time: new Date(created_at).toISOString(),
  };
}
