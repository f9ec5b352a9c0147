import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { completeConnection, findConnectionWorkspace } from '../accounts/complete-connection.ts';
import { startConnection } from '../accounts/start-connection.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { assetPath } from './assets.ts';
import { IdField, orRefusal, readForm } from './forms.ts';
import { type Html, html } from './html.ts';
import { layOut } from './layout.ts';
import { sendProblemPage } from './problem-page.ts';
import { sendPage } from './send-page.ts';
import { inWorkspaceOf, requireVisitor } from './visitor.ts';

const ConnectForm = z.object({
  workspace: IdField,
  app: IdField.optional(),
  account: IdField.optional(),
});

/** What TikTok's redirect may carry. Nothing else is handed on. */
const callbackFields = {
  code: z.string().max(4096),
  state: z.string().max(200),
  scopes: z.string().max(2000),
  error: z.string().max(200),
  error_description: z.string().max(2000),
  error_type: z.string().max(200),
  errCode: z.string().max(200),
  log_id: z.string().max(200),
  logid: z.string().max(200),
};

const CallbackForm = z.object(callbackFields).partial();

type Callback = z.output<typeof CallbackForm>;

/** Registers the way to TikTok's consent page and back. */
export function registerConnectPages(app: FastifyInstance, services: Services): void {
  app.post('/connect', async (request, reply) => {
    const visitor = await requireVisitor(services, request);
    const form = readForm(ConnectForm, request);
    const { authorizeUrl } = await inWorkspaceOf(
      services,
      visitor,
      form.workspace,
      'startConnection',
      (tx, principal) =>
        startConnection(services, tx, principal, {
          flow: 'web',
          appId: form.app,
          accountId: form.account,
        }),
    );
    return sendPage(reply, departurePage(authorizeUrl));
  });

  app.get('/connect/callback', (request, reply) => {
    const callback = CallbackForm.safeParse(readQuery(request.url));
    if (callback.success && callback.data.state !== undefined) {
      return sendPage(reply, handOverPage(callback.data));
    }
    throw new ProblemError(
      'connection-unknown',
      'This address is where TikTok sends people back to; it brought no answer of TikTok’s.',
    );
  });

  app.post('/connect/finish', (request, reply) => finish(services, request, reply));
}

async function finish(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const visitor = await requireVisitor(services, request);
  const callback = readForm(CallbackForm, request);
  const workspaceId = await findConnectionWorkspace(services, callback.state ?? '');
  // A state of a workspace that is not the visitor's is as unknown as a forged one.
  if (workspaceId === undefined || !visitor.workspaces.some(({ id }) => id === workspaceId)) {
    throw new ProblemError('connection-unknown', 'This connection was not begun here.');
  }
  const principal = await inWorkspaceOf(
    services,
    visitor,
    workspaceId,
    'completeConnection',
    async (_tx, allowed) => allowed,
  );
  const accountId = await orRefusal(() => completeConnection(services, principal, callback));
  if (accountId instanceof ProblemError) {
    return sendProblemPage(reply, accountId, wayOn(workspaceId));
  }
  return reply.redirect(`/?workspace=${workspaceId}&done=connected&account=${accountId}`, 303);
}

function wayOn(workspaceId: string): Html {
  return html`<form method="post" action="/connect">
<input type="hidden" name="workspace" value="${workspaceId}"><button>Connect again</button>
</form><a class="button plain" href="/?workspace=${workspaceId}">Back to your accounts</a>`;
}

/** The address carries a code, in which a plus is a plus and not a blank. */
function readQuery(url: string): Record<string, string> {
  const [, query = ''] = url.split('?', 2);
  const pairs = [...new URLSearchParams(query.replaceAll('+', '%2B'))];
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, name === 'code' ? value : value.replaceAll('+', ' ')]),
  );
}

/**
 * Leaves for TikTok by a page and not by a redirect: browsers hold a form's redirects to the form's own policy,
 * wherever TikTok may send them on to.
 */
function departurePage(authorizeUrl: string): string {
  const head = html`<meta http-equiv="refresh" content="0;url=${authorizeUrl}">`;
  const main = html`<p>TikTok asks the creator for consent and then brings you back.</p>
<div class="actions"><a class="button" href="${authorizeUrl}">Continue to TikTok</a></div>`;
  return layOut({ title: 'On to TikTok', main, head });
}

function handOverPage(callback: Callback): string {
  const fields = Object.entries(callback).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const main = html`<p>TikTok has answered. One step is left.</p>
<form method="post" action="/connect/finish">${fields}
<div class="actions"><button>Finish connecting</button></div>
</form>`;
  const head = html`<script type="module" src="${assetPath('hand-over.js')}"></script>`;
  return layOut({ title: 'Back from TikTok', main, head });
}
