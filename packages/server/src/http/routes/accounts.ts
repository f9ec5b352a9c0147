import { type AnswerOf, type Operations, operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import {
  type AccountView,
  getAccount,
  listAccounts,
  readAccountBody,
  toAccountBody,
} from '../../accounts/accounts.ts';
import type { TokenUse } from '../../accounts/broker/token-use.ts';
import { type FreshCreatorInfo, getCreatorInfo } from '../../accounts/creator-info.ts';
import { disconnectAccount, refreshAccount } from '../../accounts/tend-account.ts';
import { type Principal, toActor } from '../../workspaces/principal.ts';
import { Cursors, positionOf } from '../page.ts';
import { route, routeWithoutTransaction } from '../route.ts';
import type { Services } from '../services.ts';

type CreatorInfoBody = AnswerOf<Operations['getCreatorInfo']>['body'];

/** Registers what deals with connected accounts. */
export function registerAccounts(app: FastifyInstance, services: Services): void {
  const cursors = new Cursors('accounts', z.uuid());
  const { clock } = services;

  route(app, services, operations.listAccounts, async ({ tx, query }) => {
    const after = cursors.read(query.cursor);
    const rows = await listAccounts(tx, { limit: query.limit + 1, after, state: query.state });
    const now = clock.now();
    const toItem = (view: AccountView) => toAccountBody(view, now);
    return {
      status: 200,
      body: cursors.page(rows, query.limit, ({ row }) => positionOf(row), toItem),
    };
  });

  route(app, services, operations.getAccount, async ({ tx, params }) => {
    const view = await getAccount(tx, params.id);
    return { status: 200, body: toAccountBody(view, clock.now()) };
  });

  routeWithoutTransaction(app, services, operations.refreshAccount, async (call) => {
    const use = toUse(call, 'accounts refresh');
    await refreshAccount(services, use);
    return { status: 200, body: await readAccountBody(services, use.workspaceId, use.accountId) };
  });

  routeWithoutTransaction(app, services, operations.disconnectAccount, async (call) => {
    const use = toUse(call, 'accounts disconnect');
    await disconnectAccount(services, use);
    return { status: 200, body: await readAccountBody(services, use.workspaceId, use.accountId) };
  });

  routeWithoutTransaction(app, services, operations.getCreatorInfo, async (call) => {
    const fresh = await getCreatorInfo(services, toUse(call, 'show creator info'));
    return { status: 200, body: toCreatorInfoBody(fresh) };
  });
}

/** TikTok's names, and when it was asked; fields that TikTok adds are not passed on unseen. */
function toCreatorInfoBody({ info, fetchedAt }: FreshCreatorInfo): CreatorInfoBody {
  return {
    creator_avatar_url: info.creator_avatar_url ?? null,
    creator_username: info.creator_username,
    creator_nickname: info.creator_nickname,
    privacy_level_options: [...info.privacy_level_options],
    comment_disabled: info.comment_disabled,
    duet_disabled: info.duet_disabled,
    stitch_disabled: info.stitch_disabled,
    max_video_post_duration_sec: info.max_video_post_duration_sec,
    fetched_at: fetchedAt.toISOString(),
  };
}

function toUse(
  call: { readonly principal: Principal; readonly params: { readonly id: string } },
  reason: string,
): TokenUse {
  const { principal, params } = call;
  const { workspaceId } = principal;
  return { workspaceId, accountId: params.id, actor: toActor(principal), reason };
}
