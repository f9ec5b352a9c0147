import { operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type AppRow, selectApps } from '../../accounts/app-queries.ts';
import { createApp, deleteApp, updateApp } from '../../accounts/apps.ts';
import { Secret } from '../../accounts/secret.ts';
import { CALLBACK_PATH } from '../../accounts/start-connection.ts';
import { toActor } from '../../workspaces/principal.ts';
import { Cursors, positionOf } from '../page.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';

/** Registers what deals with TikTok apps. No answer of it has a secret. */
export function registerApps(app: FastifyInstance, services: Services): void {
  const cursors = new Cursors('apps', z.uuid());
  const toBody = (row: AppRow) => ({
    id: row.id,
    name: row.name,
    client_key: row.client_key,
    belongs_to: row.workspace_id === null ? ('installation' as const) : ('workspace' as const),
    is_audited: row.is_audited,
    daily_users: row.daily_users,
    redirect_uri: new URL(CALLBACK_PATH, services.config.publicUrl).href,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  });

  route(app, services, operations.listApps, async ({ tx, query }) => {
    const after = cursors.read(query.cursor);
    const rows = await selectApps(tx, { limit: query.limit + 1, after });
    return { status: 200, body: cursors.page(rows, query.limit, positionOf, toBody) };
  });

  route(app, services, operations.createApp, async ({ tx, principal, body }) => {
    const row = await createApp(services, tx, {
      actor: toActor(principal),
      workspaceId: principal.workspaceId,
      name: body.name,
      clientKey: body.client_key,
      clientSecret: Secret.of(body.client_secret),
      isAudited: body.is_audited,
      dailyUsers: body.daily_users,
    });
    return { status: 201, body: toBody(row) };
  });

  route(app, services, operations.updateApp, async ({ tx, principal, params, body }) => {
    const { client_secret } = body;
    const row = await updateApp(services, tx, {
      actor: toActor(principal),
      workspaceId: principal.workspaceId,
      appId: params.id,
      name: body.name,
      clientSecret: client_secret === undefined ? undefined : Secret.of(client_secret),
      isAudited: body.is_audited,
      dailyUsers: body.daily_users,
    });
    return { status: 200, body: toBody(row) };
  });

  route(app, services, operations.deleteApp, async ({ tx, principal, params }) => {
    await deleteApp(tx, { actor: toActor(principal), appId: params.id });
    return { status: 204 };
  });
}
