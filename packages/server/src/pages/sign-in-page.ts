import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { requireSameOrigin } from '../workspaces/principal.ts';
import { orRefusal, readForm, sentField } from './forms.ts';
import { type Html, html } from './html.ts';
import { field, layOut, notice } from './layout.ts';
import { sendPage } from './send-page.ts';
import { findVisitor, requireVisitor } from './visitor.ts';

const SignInForm = z.object({
  email: z.email({ error: 'Enter your e-mail address.' }).max(254),
  password: z.string({ error: 'Enter your password.' }).min(1, 'Enter your password.').max(1000),
});

/** Registers the page on which people sign in, and signing out. */
export function registerSignInPage(app: FastifyInstance, services: Services): void {
  const { config, identity } = services;

  app.get('/sign-in', async (request, reply) => {
    if ((await findVisitor(services, request)) !== undefined) return reply.redirect('/', 303);
    return sendPage(reply, signInPage({ email: '', message: greeting(request) }));
  });

  app.post('/sign-in', async (request, reply) => {
    requireSameOrigin(request, config.publicUrl);
    const begun = await orRefusal(async () =>
      identity.signIn({ ...readForm(SignInForm, request), ...toOrigin(request) }),
    );
    if (begun instanceof ProblemError) return showAgain(request, reply, begun);
    return reply.header('set-cookie', [...begun.cookies]).redirect('/', 303);
  });

  app.post('/sign-out', async (request, reply) => {
    const { caller } = await requireVisitor(services, request);
    const cookies = await identity.signOut(request.headers.cookie ?? '', caller.personId);
    return reply.header('set-cookie', [...cookies]).redirect('/sign-in?signed-out', 303);
  });
}

/** From where somebody signs in. */
function toOrigin(request: FastifyRequest): { address: string; userAgent: string } {
  return { address: request.ip, userAgent: request.headers['user-agent'] ?? '' };
}

function showAgain(
  request: FastifyRequest,
  reply: FastifyReply,
  error: ProblemError,
): FastifyReply {
  const { retryAfterSeconds } = error.options;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  const wait = retryAfterSeconds === undefined ? '' : ` (${toMinutes(retryAfterSeconds)})`;
  const message = notice('bad', error.message + wait);
  return sendPage(reply, signInPage({ email: sentField(request, 'email'), message }), error.status);
}

function toMinutes(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? 'one minute' : `${minutes} minutes`;
}

function greeting(request: FastifyRequest): Html | undefined {
  const isFarewell = request.url.endsWith('?signed-out');
  return isFarewell ? notice('good', 'You are signed out.') : undefined;
}

function signInPage({
  email,
  message,
}: {
  readonly email: string;
  readonly message: Html | undefined;
}): string {
  const main = html`${message}
<form method="post" action="/sign-in">
${field({ label: 'E-mail', name: 'email', type: 'email', autocomplete: 'username', value: email, maxLength: 254 })}
${field({ label: 'Password', name: 'password', type: 'password', autocomplete: 'current-password', maxLength: 1000 })}
<div class="actions"><button>Sign in</button></div>
</form>
<p class="hint">There is no public sign-up: an owner of a workspace invites you by a link.</p>`;
  return layOut({ title: 'Sign in', main });
}
