import type { FastifyInstance } from 'fastify';
import { registerActivity } from './routes/activity.ts';
import { registerApiKeys } from './routes/api-keys.ts';
import { registerInvitations } from './routes/invitations.ts';
import { registerMembers } from './routes/members.ts';
import { registerSession } from './routes/session.ts';
import { registerWorkspaces } from './routes/workspaces.ts';
import type { Services } from './services.ts';

/** Every route of the API: one file a resource, each listed here. */
export async function registerRoutes(app: FastifyInstance, services: Services): Promise<void> {
  registerSession(app, services);
  registerWorkspaces(app, services);
  registerMembers(app, services);
  registerInvitations(app, services);
  registerApiKeys(app, services);
  registerActivity(app, services);
}
