import { operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { inInstallation } from '../../db/database.ts';
import type { StoredSession } from '../../workspaces/auth-engine.ts';
import { requireGoodPassword } from '../../workspaces/people.ts';
import { requireSameOrigin } from '../../workspaces/principal.ts';
import { listWorkspacesOf } from '../../workspaces/workspaces.ts';
import { routeWithoutTransaction } from '../route.ts';
import type { Services } from '../services.ts';

/** Registers signing in and out, who is signed in, and the change of a password. */
export function registerSession(app: FastifyInstance, services: Services): void {
  const { config, identity } = services;
  const answer = routeWithoutTransaction;

  answer(app, services, operations.getSession, async ({ principal }) => ({
    status: 200,
    body: await toWire(services, principal.session),
  }));

  answer(app, services, operations.signIn, async ({ body, request, reply }) => {
    // A stranger's page must not sign a visitor in as somebody else.
    requireSameOrigin(request, config.publicUrl);
    const { session, cookies } = await identity.signIn({
      ...body,
      address: request.ip,
      userAgent: request.headers['user-agent'] ?? '',
    });
    reply.header('set-cookie', [...cookies]);
    return { status: 200, body: await toWire(services, session) };
  });

  answer(app, services, operations.signOut, async ({ principal, request, reply }) => {
    const { cookie = '' } = request.headers;
    reply.header('set-cookie', [...(await identity.signOut(cookie, principal.personId))]);
    return { status: 204 };
  });

  answer(app, services, operations.changePassword, async ({ principal, body, request, reply }) => {
    const { current_password: current, new_password: next } = body;
    requireGoodPassword(next, principal.person, '/new_password');
    const { cookie = '' } = request.headers;
    const passwords = { current, next };
    const cookies = await identity.changePassword(cookie, principal.session, passwords, request.ip);
    reply.header('set-cookie', [...cookies]);
    return { status: 204 };
  });
}

async function toWire({ database }: Services, { person, expiresAt }: StoredSession) {
  const workspaces = await inInstallation(database, (tx) => listWorkspacesOf(tx, person.id));
  return {
    person,
    workspaces: workspaces.map(({ id, name, role }) => ({ id, name, role })),
    expires_at: expiresAt.toISOString(),
  };
}
