import { operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { inWorkspace, type Transaction } from '../../db/database.ts';
import { cancelPost } from '../../posts/cancel-post.ts';
import { createPost, momentOf } from '../../posts/create-post.ts';
import { askAboutCreator, type CreatorAnswer, NOT_ASKED } from '../../posts/creator-answer.ts';
import { deletePost } from '../../posts/delete-post.ts';
import { getPost } from '../../posts/get-post.ts';
import { listPosts } from '../../posts/list-posts.ts';
import { resolvePost } from '../../posts/resolve-post.ts';
import { retryPost } from '../../posts/retry-post.ts';
import { schedulePost } from '../../posts/schedule-post.ts';
import { type PostBody, toPostBodies } from '../../posts/to-body.ts';
import { updatePost } from '../../posts/update-post.ts';
import { validatePost } from '../../posts/validate-post.ts';
import type { Principal } from '../../workspaces/principal.ts';
import { Cursors, positionOf } from '../page.ts';
import { route, routeAfterAsking, routeWithoutTransaction } from '../route.ts';
import type { Services } from '../services.ts';

/** Registers what deals with posts. */
export function registerPosts(app: FastifyInstance, services: Services): void {
  registerReading(app, services);
  registerWriting(app, services);
  registerMoving(app, services);
}

function registerReading(app: FastifyInstance, services: Services): void {
  const cursors = new Cursors('posts', z.uuid());

  route(app, services, operations.listPosts, async ({ tx, query }) => {
    const rows = await listPosts(tx, {
      limit: query.limit + 1,
      after: cursors.read(query.cursor),
      state: query.state,
      accountId: query.account_id,
      publishFrom: toMoment(query.publish_from),
      publishTo: toMoment(query.publish_to),
    });
    const page = cursors.page(rows, query.limit, positionOf, (row) => row);
    return { status: 200, body: { ...page, items: await toPostBodies(tx, page.items) } };
  });

  route(app, services, operations.getPost, async ({ tx, params }) => {
    return { status: 200, body: await showPost(tx, params.id) };
  });

  routeAfterAsking(app, services, operations.validatePost, {
    isNeeded: () => true,
    ask: async ({ body, principal }) => askAboutCreator(services, principal, body),
    handle: async ({ tx, body, told: creator = NOT_ASKED }) => {
      return { status: 200, body: await validatePost(services, tx, { body, creator }) };
    },
  });
}

function registerWriting(app: FastifyInstance, services: Services): void {
  routeAfterAsking(app, services, operations.createPost, {
    isNeeded: ({ body }) => body.schedule?.check_creator === true,
    ask: async ({ body, principal }) =>
      askAboutCreator(services, principal, { ...body, publish_at: momentOf(body) }),
    handle: async ({ tx, principal, body, told: creator = NOT_ASKED }) => {
      const id = await createPost(services, tx, { principal, body, creator });
      return { status: 201, body: await showPost(tx, id) };
    },
  });

  routeAfterAsking(app, services, operations.updatePost, {
    // Who agrees anew is told at once what the creator may not do; else it is found before sending.
    isNeeded: ({ body }) => body.consent !== undefined,
    ask: async ({ params, principal }) => askAboutPost(services, principal, params.id),
    handle: async ({ tx, principal, params, body, told: creator = NOT_ASKED }) => {
      await updatePost(services, tx, { principal, postId: params.id, body, creator });
      return { status: 200, body: await showPost(tx, params.id) };
    },
  });

  route(app, services, operations.deletePost, async ({ tx, principal, params }) => {
    await deletePost(tx, { principal, postId: params.id });
    return { status: 204 };
  });
}

function registerMoving(app: FastifyInstance, services: Services): void {
  routeAfterAsking(app, services, operations.schedulePost, {
    isNeeded: ({ body }) => body.check_creator,
    ask: async ({ params, principal, body }) =>
      askAboutPost(services, principal, params.id, body.publish_at),
    handle: async ({ tx, principal, params, body, told: creator = NOT_ASKED }) => {
      await schedulePost(services, tx, { principal, postId: params.id, body, creator });
      return { status: 200, body: await showPost(tx, params.id) };
    },
  });

  routeWithoutTransaction(app, services, operations.cancelPost, async ({ params, principal }) => {
    await cancelPost(services, { principal, postId: params.id });
    const show = (tx: Transaction) => showPost(tx, params.id);
    return {
      status: 200,
      body: await inWorkspace(services.database, principal.workspaceId, show),
    };
  });

  route(app, services, operations.retryPost, async ({ tx, principal, params, body }) => {
    await retryPost(services, tx, { principal, postId: params.id, body });
    return { status: 200, body: await showPost(tx, params.id) };
  });

  route(app, services, operations.resolvePost, async ({ tx, principal, params, body }) => {
    await resolvePost(services, tx, { principal, postId: params.id, body });
    return { status: 200, body: await showPost(tx, params.id) };
  });
}

/** Asks about the creator of a post that is stored, for the moment that it will have. */
async function askAboutPost(
  services: Services,
  principal: Principal,
  postId: string,
  moment?: string | null,
): Promise<CreatorAnswer> {
  const post = await inWorkspace(services.database, principal.workspaceId, (tx) =>
    getPost(tx, postId),
  );
  const publish_at = moment === undefined ? post.publish_at : moment;
  return askAboutCreator(services, principal, { ...post, publish_at });
}

async function showPost(tx: Transaction, postId: string): Promise<PostBody> {
  const [body] = await toPostBodies(tx, [await getPost(tx, postId)]);
  if (body === undefined) throw new Error('One post has one body');
  return body;
}

function toMoment(instant: string | undefined): Date | undefined {
  return instant === undefined ? undefined : new Date(instant);
}
