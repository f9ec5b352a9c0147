import { operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { readAccountBody } from '../../accounts/accounts.ts';
import { completeConnection } from '../../accounts/complete-connection.ts';
import { getConnection, toConnectionBody } from '../../accounts/connections.ts';
import { startConnection } from '../../accounts/start-connection.ts';
import { route, routeWithoutTransaction } from '../route.ts';
import type { Services } from '../services.ts';

/** Registers the way of an account into the workspace. */
export function registerConnections(app: FastifyInstance, services: Services): void {
  const { clock } = services;

  route(app, services, operations.startConnection, async ({ tx, principal, body }) => {
    const { row, authorizeUrl } = await startConnection(services, tx, principal, {
      flow: body.flow,
      appId: body.app_id,
      accountId: body.account_id,
      redirectUri: body.redirect_uri,
      scopes: body.scopes,
    });
    const connection = toConnectionBody(row, clock.now());
    return { status: 201, body: { ...connection, authorize_url: authorizeUrl } };
  });

  route(app, services, operations.getConnection, async ({ tx, params }) => {
    const row = await getConnection(tx, params.id);
    return { status: 200, body: toConnectionBody(row, clock.now()) };
  });

  routeWithoutTransaction(
    app,
    services,
    operations.completeConnection,
    async ({ principal, body }) => {
      const accountId = await completeConnection(services, principal, body);
      const account = await readAccountBody(services, principal.workspaceId, accountId);
      return { status: 200, body: account };
    },
  );
}
