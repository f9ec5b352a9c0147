import { operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { measureServiceLevels } from '../../metrics/service-levels.ts';
import { listCircuits, selectBacklog } from '../../publishing/limits/backlog-queries.ts';
import { forecastPosts } from '../../publishing/limits/forecast-posts.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';

/** Registers what tells how publishing goes, and when posts can go out. */
export function registerPublishing(app: FastifyInstance, services: Services): void {
  route(app, services, operations.forecastPosts, async ({ tx, body }) => {
    const posts = body.posts.map((post) => ({
      ...post,
      publish_at: post.publish_at === null ? null : new Date(post.publish_at),
    }));
    const items = await forecastPosts(tx, { postIds: body.post_ids, posts });
    return { status: 200, body: { items } };
  });

  route(app, services, operations.getPublishing, async ({ tx }) => {
    const { oldestDueAt, posts } = await selectBacklog(tx);
    const circuits = await listCircuits(tx);
    const service_levels = await measureServiceLevels(tx);
    const oldest_due_at = oldestDueAt?.toISOString() ?? null;
    return { status: 200, body: { circuits, posts, oldest_due_at, service_levels } };
  });
}
