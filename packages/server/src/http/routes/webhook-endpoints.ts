import { operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import {
  type DeliveryRow,
  getDelivery,
  listDeliveries,
  makeTestDelivery,
  replayDelivery,
  replaySince,
} from '../../webhooks/out/deliveries.ts';
import { requireEndpointUrl } from '../../webhooks/out/endpoint-url.ts';
import {
  createEndpoint,
  deleteEndpoint,
  type EndpointRow,
  getEndpoint,
  listEndpoints,
  recordReplay,
  requireEnabled,
  rotateSecret,
  updateEndpoint,
} from '../../webhooks/out/endpoints.ts';
import { messageIdOf } from '../../webhooks/out/message.ts';
import { Cursors, positionOf } from '../page.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';

/** Registers webhook endpoints and what was sent to them. */
export function registerWebhookEndpoints(app: FastifyInstance, services: Services): void {
  const { config, vault } = services;
  const cursors = new Cursors('webhook-endpoints', z.uuid());

  route(app, services, operations.listWebhookEndpoints, async ({ tx, query }) => {
    const after = cursors.read(query.cursor);
    const rows = await listEndpoints(tx, { after, limit: query.limit + 1 });
    return { status: 200, body: cursors.page(rows, query.limit, positionOf, toWire) };
  });

  route(app, services, operations.createWebhookEndpoint, async ({ tx, principal, body }) => {
    requireEndpointUrl(body.url, config.webhookPrivateAddresses);
    const { description, event_types: eventTypes, url } = body;
    const given = { url, description, eventTypes };
    const { endpoint, secret } = await createEndpoint(tx, vault, principal, given);
    return { status: 201, body: { ...toWire(endpoint), secret } };
  });

  route(app, services, operations.getWebhookEndpoint, async ({ tx, params }) => ({
    status: 200,
    body: toWire(await getEndpoint(tx, params.id)),
  }));

  route(app, services, operations.updateWebhookEndpoint, async (call) => {
    const { tx, principal, params, body } = call;
    if (body.url !== undefined) requireEndpointUrl(body.url, config.webhookPrivateAddresses);
    const { description, event_types: eventTypes, is_enabled: isEnabled, url } = body;
    const change = { url, description, eventTypes, isEnabled };
    return { status: 200, body: toWire(await updateEndpoint(tx, principal, params.id, change)) };
  });

  route(app, services, operations.deleteWebhookEndpoint, async ({ tx, principal, params }) => {
    await deleteEndpoint(tx, principal, params.id);
    return { status: 204 };
  });

  route(app, services, operations.rotateWebhookSecret, async ({ tx, principal, params, body }) => {
    const { overlap_hours: hours } = body;
    const { endpoint, secret } = await rotateSecret(tx, vault, principal, params.id, hours);
    return { status: 201, body: { ...toWire(endpoint), secret } };
  });

  registerDeliveries(app, services);
}

function registerDeliveries(app: FastifyInstance, services: Services): void {
  const cursors = new Cursors('webhook-deliveries', z.uuid());

  route(app, services, operations.testWebhookEndpoint, async ({ tx, params }) => {
    await requireEnabled(tx, params.id);
    return { status: 201, body: toWireDelivery(await makeTestDelivery(tx, params.id)) };
  });

  route(app, services, operations.replayWebhookEndpoint, async (call) => {
    const { tx, principal, params, body } = call;
    await requireEnabled(tx, params.id);
    const { deliveries, nextSince } = await replaySince(tx, params.id, new Date(body.since));
    await recordReplay(tx, principal, params.id);
    return { status: 200, body: { deliveries, next_since: nextSince?.toISOString() ?? null } };
  });

  route(app, services, operations.listWebhookDeliveries, async ({ tx, params, query }) => {
    const after = cursors.read(query.cursor);
    await getEndpoint(tx, params.id);
    const page = { after, limit: query.limit + 1, state: query.state };
    const rows = await listDeliveries(tx, params.id, page);
    return { status: 200, body: cursors.page(rows, query.limit, positionOf, toWireDelivery) };
  });

  route(app, services, operations.replayWebhookDelivery, async ({ tx, principal, params }) => {
    const { endpoint_id: endpointId } = await getDelivery(tx, params.id);
    await requireEnabled(tx, endpointId);
    await recordReplay(tx, principal, endpointId);
    return { status: 200, body: toWireDelivery(await replayDelivery(tx, params.id)) };
  });
}

function toWire({ previous_expires_at: previous, ...endpoint }: EndpointRow) {
  return {
    ...endpoint,
    previous_secret_until: previous?.toISOString() ?? null,
    last_delivered_at: endpoint.last_delivered_at?.toISOString() ?? null,
    created_at: endpoint.created_at.toISOString(),
    updated_at: endpoint.updated_at.toISOString(),
  };
}

function toWireDelivery(row: DeliveryRow) {
  return {
    id: row.id,
    endpoint_id: row.endpoint_id,
    message_id: messageIdOf(row.id),
    event_id: String(row.event_id),
    type: row.type,
    state: row.state,
    attempts: row.attempts,
    next_try_at: row.state === 'pending' ? row.next_try_at.toISOString() : null,
    last_status: row.last_status,
    last_error: row.last_error,
    last_tried_at: row.last_tried_at?.toISOString() ?? null,
    delivered_at: row.delivered_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}
