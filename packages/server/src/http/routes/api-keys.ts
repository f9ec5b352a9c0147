import { operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type ApiKey, createApiKey, listApiKeys, revokeApiKey } from '../../workspaces/api-keys.ts';
import { Cursors, positionOf } from '../page.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';

/** Registers API keys. */
export function registerApiKeys(app: FastifyInstance, services: Services): void {
  const cursors = new Cursors('api-keys', z.uuid());

  route(app, services, operations.listApiKeys, async ({ tx, query }) => {
    const after = cursors.read(query.cursor);
    const rows = await listApiKeys(tx, { after, limit: query.limit + 1 });
    return { status: 200, body: cursors.page(rows, query.limit, positionOf, toWire) };
  });

  route(app, services, operations.createApiKey, async ({ tx, principal, body }) => {
    const { name, scopes, expires_in_days: expiresInDays } = body;
    const { apiKey, token } = await createApiKey(tx, principal, { name, scopes, expiresInDays });
    return { status: 201, body: { ...toWire(apiKey), token } };
  });

  route(app, services, operations.revokeApiKey, async ({ tx, principal, params }) => {
    await revokeApiKey(tx, principal, params.id);
    return { status: 204 };
  });
}

function toWire(apiKey: ApiKey) {
  return {
    ...apiKey,
    scopes: [...apiKey.scopes],
    created_at: apiKey.created_at.toISOString(),
    expires_at: apiKey.expires_at?.toISOString() ?? null,
    last_used_at: apiKey.last_used_at?.toISOString() ?? null,
    revoked_at: apiKey.revoked_at?.toISOString() ?? null,
  };
}
