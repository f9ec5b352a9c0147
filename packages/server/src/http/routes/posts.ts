import { operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { inWorkspace, type Transaction } from '../../db/database.ts';
import { createPost } from '../../posts/create-post.ts';
import { askAboutCreator, NOT_ASKED } from '../../posts/creator-answer.ts';
import { getPost } from '../../posts/get-post.ts';
import { schedulePost } from '../../posts/schedule-post.ts';
import { type PostBody, toPostBodies } from '../../posts/to-body.ts';
import { route, routeAfterAsking } from '../route.ts';
import type { Services } from '../services.ts';

/** Registers what deals with posts. */
export function registerPosts(app: FastifyInstance, services: Services): void {
  routeAfterAsking(app, services, operations.createPost, {
    isNeeded: ({ body }) => body.schedule?.check_creator === true,
    ask: async ({ body, principal }) => askAboutCreator(services, principal, body),
    handle: async ({ tx, principal, body, told: creator = NOT_ASKED }) => {
      const id = await createPost(services, tx, { principal, body, creator });
      return { status: 201, body: await showPost(tx, id) };
    },
  });

  route(app, services, operations.getPost, async ({ tx, params }) => {
    return { status: 200, body: await showPost(tx, params.id) };
  });

  routeAfterAsking(app, services, operations.schedulePost, {
    isNeeded: ({ body }) => body.check_creator,
    ask: async ({ params, principal }) => {
      const post = await inWorkspace(services.database, principal.workspaceId, (tx) =>
        getPost(tx, params.id),
      );
      return askAboutCreator(services, principal, post);
    },
    handle: async ({ tx, principal, params, body, told: creator = NOT_ASKED }) => {
      await schedulePost(services, tx, { principal, postId: params.id, body, creator });
      return { status: 200, body: await showPost(tx, params.id) };
    },
  });
}

async function showPost(tx: Transaction, postId: string): Promise<PostBody> {
  const [body] = await toPostBodies(tx, [await getPost(tx, postId)]);
  if (body === undefined) throw new Error('One post has one body');
  return body;
}
