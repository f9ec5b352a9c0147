import type { FastifyInstance } from 'fastify';
import { registerPages } from '../pages/register-pages.ts';
import { registerAccounts } from './routes/accounts.ts';
import { registerActivity } from './routes/activity.ts';
import { registerAlerts } from './routes/alerts.ts';
import { registerApiKeys } from './routes/api-keys.ts';
import { registerApps } from './routes/apps.ts';
import { registerConnections } from './routes/connections.ts';
import { registerEvents } from './routes/events.ts';
import { registerImports } from './routes/imports.ts';
import { registerInvitations } from './routes/invitations.ts';
import { registerMedia } from './routes/media.ts';
import { registerMediaFiles } from './routes/media-files.ts';
import { registerMembers } from './routes/members.ts';
import { registerPosts } from './routes/posts.ts';
import { registerPublishing } from './routes/publishing.ts';
import { registerSession } from './routes/session.ts';
import { registerTimeline } from './routes/timeline.ts';
import { registerUploads } from './routes/uploads.ts';
import { registerWebhookEndpoints } from './routes/webhook-endpoints.ts';
import { registerWebhooks } from './routes/webhooks.ts';
import { registerWorkspaces } from './routes/workspaces.ts';
import type { Services } from './services.ts';

/** Every route of the API: one file a resource, each listed here. */
export async function registerRoutes(app: FastifyInstance, services: Services): Promise<void> {
  registerSession(app, services);
  registerWorkspaces(app, services);
  registerMembers(app, services);
  registerInvitations(app, services);
  registerApiKeys(app, services);
  registerApps(app, services);
  registerConnections(app, services);
  registerAccounts(app, services);
  registerActivity(app, services);
  registerPosts(app, services);
  registerPublishing(app, services);
  registerImports(app, services);
  registerTimeline(app, services);
  registerWebhookEndpoints(app, services);
  registerAlerts(app, services);
  registerEvents(app, services);
  registerMedia(app, services);
  registerMediaFiles(app, services);
  await registerUploads(app, services);
  await registerWebhooks(app, services);
  await registerPages(app, services);
}
