import { z } from 'zod';
import { eventTypes } from '../event-types.ts';
import { operation } from '../operation.ts';
import { Id, IdParams, Instant, PageQuery, pageOf, pageQuery } from '../schemas/common.ts';

const webhookTypes = Object.entries(eventTypes).flatMap(([type, kind]) =>
  'isLiveOnly' in kind ? [] : [type],
);

const EventTypes = z
  // The table has entries that are not for streams alone.
  .array(z.enum(webhookTypes as [string, ...string[]]))
  .max(50)
  .meta({ description: 'Types of events that it gets; none: all.' });

const Url = z
  .url({ protocol: /^https?$/ })
  .max(2048)
  .meta({
    description:
      'Where events are sent. By https, to a public address; others only where the operator allows them.',
  });

const Description = z.string().trim().max(200);

const endpoint = {
  id: Id,
  url: z.string(),
  description: z.string(),
  event_types: z.array(z.string()),
  is_enabled: z.boolean(),
  disabled_reason: z.string().nullable().meta({
    description: 'Why Greenroom disabled it; `null`: it is enabled, or a person disabled it.',
  }),
  previous_secret_until: Instant.nullable().meta({
    description: 'Until then events are signed with the former secret, too.',
  }),
  last_delivered_at: Instant.nullable(),
  created_at: Instant,
  updated_at: Instant,
};

const EndpointSchema = z
  .object(endpoint)
  .meta({ id: 'WebhookEndpoint', description: 'Where a workspace hears of events.' });

const SecretSchema = z.string().nullable().meta({
  description: 'The signing secret, `whsec_…`, shown once; `null` when the answer is a replay.',
});

const EndpointWithSecret = z
  .object({ ...endpoint, secret: SecretSchema })
  .meta({ id: 'WebhookEndpointWithSecret', description: 'An endpoint and its signing secret.' });

const DeliveryState = z.enum(['pending', 'delivered', 'failed']);

const DeliverySchema = z
  .object({
    id: Id,
    endpoint_id: Id,
    message_id: z.string().meta({ description: 'The `webhook-id` header: the same each time.' }),
    event_id: z.string(),
    type: z.string(),
    state: DeliveryState,
    attempts: z.int(),
    next_try_at: Instant.nullable(),
    last_status: z.int().nullable(),
    last_error: z.string().nullable(),
    last_tried_at: Instant.nullable(),
    delivered_at: Instant.nullable(),
    created_at: Instant,
  })
  .meta({ id: 'WebhookDelivery', description: 'An event on its way to an endpoint.' });

/** Operations on webhooks out. */
export const webhookOperations = {
  /** Lists webhook endpoints, newest first. */
  listWebhookEndpoints: operation({
    id: 'listWebhookEndpoints',
    method: 'GET',
    path: '/webhook-endpoints',
    summary: 'Lists webhook endpoints, newest first.',
    query: PageQuery,
    answers: { 200: pageOf(EndpointSchema) },
    problems: [],
  }),
  /** Adds an endpoint; its signing secret is shown once. */
  createWebhookEndpoint: operation({
    id: 'createWebhookEndpoint',
    method: 'POST',
    path: '/webhook-endpoints',
    summary: 'Adds an endpoint; its signing secret is shown once.',
    description: 'It gets what happens from now on.',
    body: z.strictObject({
      url: Url,
      description: Description.default(''),
      event_types: EventTypes.default([]),
    }),
    answers: { 201: EndpointWithSecret },
    problems: ['conflict'],
    creates: true,
    onceFields: ['secret'],
  }),
  /** Shows an endpoint. */
  getWebhookEndpoint: operation({
    id: 'getWebhookEndpoint',
    method: 'GET',
    path: '/webhook-endpoints/{id}',
    summary: 'Shows an endpoint.',
    params: IdParams,
    answers: { 200: EndpointSchema },
    problems: [],
  }),
  /** Changes an endpoint, or enables one again. */
  updateWebhookEndpoint: operation({
    id: 'updateWebhookEndpoint',
    method: 'PATCH',
    path: '/webhook-endpoints/{id}',
    summary: 'Changes an endpoint, or enables one again.',
    description:
      'What happened while it was disabled is not sent, unless it is replayed; what was on its way goes on.',
    params: IdParams,
    body: z.strictObject({
      url: Url.optional(),
      description: Description.optional(),
      event_types: EventTypes.optional(),
      is_enabled: z.boolean().optional(),
    }),
    answers: { 200: EndpointSchema },
    problems: ['conflict'],
  }),
  /** Removes an endpoint and what was on its way to it. */
  deleteWebhookEndpoint: operation({
    id: 'deleteWebhookEndpoint',
    method: 'DELETE',
    path: '/webhook-endpoints/{id}',
    summary: 'Removes an endpoint and what was on its way to it.',
    params: IdParams,
    answers: { 204: null },
    problems: [],
  }),
  /** Gives an endpoint another secret; the former one signs beside it for a while. */
  rotateWebhookSecret: operation({
    id: 'rotateWebhookSecret',
    method: 'POST',
    path: '/webhook-endpoints/{id}/rotate-secret',
    summary: 'Gives an endpoint another secret; the former one signs beside it for a while.',
    params: IdParams,
    body: z.strictObject({
      overlap_hours: z.int().min(0).max(168).default(24).meta({
        description: 'How long events carry the signatures of both secrets.',
      }),
    }),
    answers: { 201: EndpointWithSecret },
    problems: [],
    creates: true,
    onceFields: ['secret'],
  }),
  /** Sends a test event to an endpoint. */
  testWebhookEndpoint: operation({
    id: 'testWebhookEndpoint',
    method: 'POST',
    path: '/webhook-endpoints/{id}/test',
    summary: 'Sends an event of the type `webhook.test`.',
    params: IdParams,
    answers: { 201: DeliverySchema },
    problems: ['conflict'],
    creates: true,
  }),
  /** Sends again all that happened since an instant. */
  replayWebhookEndpoint: operation({
    id: 'replayWebhookEndpoint',
    method: 'POST',
    path: '/webhook-endpoints/{id}/replay',
    summary: 'Sends again all that happened since an instant.',
    description:
      'Events that were never sent to the endpoint, too, as long as Greenroom keeps them. Each has the `webhook-id` that it had. About 10,000 at a time, oldest first: go on with `next_since` until it is `null`.',
    params: IdParams,
    body: z.strictObject({ since: Instant }),
    answers: { 200: z.object({ deliveries: z.int(), next_since: Instant.nullable() }) },
    problems: ['conflict'],
  }),
  /** Lists what was sent to an endpoint, newest first. */
  listWebhookDeliveries: operation({
    id: 'listWebhookDeliveries',
    method: 'GET',
    path: '/webhook-endpoints/{id}/deliveries',
    summary: 'Lists what was sent to an endpoint, newest first.',
    params: IdParams,
    query: z.strictObject({ ...pageQuery, state: DeliveryState.optional() }),
    answers: { 200: pageOf(DeliverySchema) },
    problems: [],
  }),
  /** Sends one delivery again. */
  replayWebhookDelivery: operation({
    id: 'replayWebhookDelivery',
    method: 'POST',
    path: '/webhook-deliveries/{id}/replay',
    summary: 'Sends one delivery again.',
    params: IdParams,
    answers: { 200: DeliverySchema },
    problems: ['conflict'],
  }),
};
