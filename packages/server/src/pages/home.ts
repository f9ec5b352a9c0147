import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { listAccounts, toAccountBody } from '../accounts/accounts.ts';
import { selectApps } from '../accounts/app-queries.ts';
import { disconnectAccount } from '../accounts/tend-account.ts';
import { listActivity } from '../activity/list.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { listMembers } from '../workspaces/members.ts';
import { toActor } from '../workspaces/principal.ts';
import { IdField, readForm } from './forms.ts';
import { type HomeModel, homelessPage, homePage } from './home-page.ts';
import { html } from './html.ts';
import { layOut } from './layout.ts';
import { sendPage } from './send-page.ts';
import { findVisitor, inWorkspaceOf, requireVisitor, type Visitor } from './visitor.ts';

/** Accounts that the page shows; whoever has more uses the API until the dashboard comes. */
const MOST_ACCOUNTS = 100;
const MOST_ACTIVITY = 12;

/** Every use of a token is in the audit log. On this page they would hide all the rest. */
const TOO_FREQUENT = ['token.handed_out', 'token.refresh_begun', 'token.refreshed'] as const;

const HomeQuery = z.object({
  workspace: z.uuid().optional().catch(undefined),
  done: z.enum(['joined', 'password', 'connected', 'disconnected']).optional().catch(undefined),
  account: z.uuid().optional().catch(undefined),
});

const DisconnectForm = z.object({ workspace: IdField, account: IdField });

/** Registers the page with a workspace's accounts, and disconnecting one. */
export function registerHome(app: FastifyInstance, services: Services): void {
  app.get('/', async (request, reply) => {
    const visitor = await findVisitor(services, request);
    if (visitor === undefined) {
      if (cameFromElsewhere(request)) return sendPage(reply, knockAgainPage(request));
      return reply.redirect('/sign-in', 303);
    }
    const query = HomeQuery.parse(request.query);
    const current =
      visitor.workspaces.find(({ id }) => id === query.workspace) ?? visitor.workspaces[0];
    if (current === undefined) return sendPage(reply, homelessPage(visitor));
    const facts = await readHome(services, visitor, current.id);
    return sendPage(reply, homePage({ visitor, current, query, ...facts }));
  });

  app.post('/disconnect', async (request, reply) => {
    const visitor = await requireVisitor(services, request);
    const { workspace, account } = readForm(DisconnectForm, request);
    const actor = await inWorkspaceOf(
      services,
      visitor,
      workspace,
      'disconnectAccount',
      async (_tx, principal) => toActor(principal),
    );
    await disconnectAccount(services, {
      workspaceId: workspace,
      accountId: account,
      actor,
      reason: 'disconnected on the page',
    });
    const done = `done=disconnected&account=${account}`;
    return reply.redirect(`/?workspace=${workspace}&${done}`, 303);
  });
}

function readHome(
  services: Services,
  visitor: Visitor,
  workspaceId: string,
): Promise<Pick<HomeModel, 'accounts' | 'activity' | 'apps' | 'members'>> {
  return inWorkspaceOf(services, visitor, workspaceId, 'listAccounts', async (tx) => {
    const now = services.clock.now();
    const accounts = await listAccounts(tx, { limit: MOST_ACCOUNTS });
    return {
      accounts: accounts.map((view) => toAccountBody(view, now)),
      activity: await listActivity(tx, { without: TOO_FREQUENT }, { limit: MOST_ACTIVITY }),
      apps: await selectApps(tx, { limit: 20, after: undefined }),
      members: await listMembers(tx, { after: undefined, limit: 100 }),
    };
  });
}

/**
 * A link on another site brings no strict cookie, so it says nothing about who is signed in. Our own page asking for
 * the same address does.
 */
function cameFromElsewhere(request: FastifyRequest): boolean {
  return request.headers['sec-fetch-site'] === 'cross-site';
}

function knockAgainPage(request: FastifyRequest): string {
  if (!request.url.startsWith('/') || request.url.startsWith('//')) {
    throw new ProblemError('not-found', 'There is no such page.');
  }
  const head = html`<meta http-equiv="refresh" content="0;url=${request.url}">`;
  const main = html`<div class="actions"><a class="button" href="${request.url}">Open Greenroom</a></div>`;
  return layOut({ title: 'Opening Greenroom', main, head });
}
