import { operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { acceptInvitation } from '../../workspaces/accept-invitation.ts';
import {
  type Invitation,
  invite,
  listInvitations,
  revokeInvitation,
  toSetupUrl,
} from '../../workspaces/invitations.ts';
import { requireSameOrigin, toActor } from '../../workspaces/principal.ts';
import { Cursors, positionOf } from '../page.ts';
import { ProblemError } from '../problem-error.ts';
import { route, routeWithoutTransaction } from '../route.ts';
import type { Services } from '../services.ts';

/** Registers invitations, and joining by one. */
export function registerInvitations(app: FastifyInstance, services: Services): void {
  const cursors = new Cursors('invitations', z.uuid());

  route(app, services, operations.listInvitations, async ({ tx, query }) => {
    const after = cursors.read(query.cursor);
    const rows = await listInvitations(tx, { after, limit: query.limit + 1 });
    return { status: 200, body: cursors.page(rows, query.limit, positionOf, toWire) };
  });

  route(app, services, operations.createInvitation, async ({ tx, principal, body }) => {
    const { invitation, token } = await invite(tx, principal, body.role);
    const url = toSetupUrl(services.config.publicUrl, token);
    return { status: 201, body: { ...toWire(invitation), url } };
  });

  route(app, services, operations.revokeInvitation, async ({ tx, principal, params }) => {
    await revokeInvitation(tx, toActor(principal), params.id);
    return { status: 204 };
  });

  routeWithoutTransaction(
    app,
    services,
    operations.acceptInvitation,
    async ({ body, principal, request }) => {
      if (body.person !== undefined) {
        return accept(services, body.token, { kind: 'new', person: body.person });
      }
      if (principal.kind !== 'person') {
        throw new ProblemError('unauthenticated', 'Sign in first, or say who joins.');
      }
      requireSameOrigin(request, services.config.publicUrl);
      return accept(services, body.token, { kind: 'known', person: principal.person });
    },
  );
}

async function accept(
  services: Services,
  token: string,
  joining: Parameters<typeof acceptInvitation>[2],
) {
  const { person, workspace } = await acceptInvitation(services, token, joining);
  const { id, name, role } = workspace;
  return { status: 201, body: { person, workspace: { id, name, role } } } as const;
}

function toWire(invitation: Invitation) {
  return {
    ...invitation,
    created_at: invitation.created_at.toISOString(),
    expires_at: invitation.expires_at.toISOString(),
  };
}
