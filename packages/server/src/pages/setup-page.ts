import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { acceptInvitation } from '../workspaces/accept-invitation.ts';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '../workspaces/identity-options.ts';
import { requireSameOrigin } from '../workspaces/principal.ts';
import { assetPath } from './assets.ts';
import { orRefusal, readForm, sentField } from './forms.ts';
import { type Html, html } from './html.ts';
import { field, layOut, notice } from './layout.ts';
import { NewPasswordField } from './password-page.ts';
import { sendPage } from './send-page.ts';
import { requireVisitor } from './visitor.ts';

const token = z
  .string({ error: 'The link is incomplete.' })
  .min(1, 'The link is incomplete.')
  .max(200);

const SetupForm = z.object({
  token,
  name: z
    .string({ error: 'Enter your name.' })
    .trim()
    .min(1, 'Enter your name.')
    .max(100)
    .regex(/^\P{Cc}*$/u, 'Enter your name without control characters.'),
  email: z.email({ error: 'Enter your e-mail address.' }).max(254),
  password: NewPasswordField,
});

const JoinForm = z.object({ token });

/** Registers the page that a one-time link opens: for the first owner and for everybody who is invited. */
export function registerSetupPage(app: FastifyInstance, services: Services): void {
  const { config, identity } = services;

  app.get('/setup', (_request, reply) => sendPage(reply, setupPage(BLANK)));

  app.post('/setup', async (request, reply) => {
    requireSameOrigin(request, config.publicUrl);
    const begun = await orRefusal(async () => {
      const { token: sent, ...person } = readForm(SetupForm, request);
      await acceptInvitation(services, sent, { kind: 'new', person });
      const { email, password } = person;
      return identity.begin({ email, password, userAgent: request.headers['user-agent'] ?? '' });
    });
    if (begun instanceof ProblemError) return showAgain(request, reply, begun);
    return reply.header('set-cookie', [...begun.cookies]).redirect('/?done=joined', 303);
  });

  app.post('/setup/join', async (request, reply) => {
    const joined = await orRefusal(async () => {
      const { caller } = await requireVisitor(services, request);
      const { token: sent } = readForm(JoinForm, request);
      return acceptInvitation(services, sent, { kind: 'known', person: caller.person });
    });
    if (joined instanceof ProblemError) return showAgain(request, reply, joined);
    return reply.redirect(`/?workspace=${joined.workspace.id}&done=joined`, 303);
  });
}

function showAgain(
  request: FastifyRequest,
  reply: FastifyReply,
  error: ProblemError,
): FastifyReply {
  const words =
    error.code === 'unauthenticated'
      ? 'You are not signed in. Sign in first, then open the link again.'
      : error.message;
  const model = {
    token: sentField(request, 'token'),
    name: sentField(request, 'name'),
    email: sentField(request, 'email'),
    message: notice('bad', words),
  };
  return sendPage(reply, setupPage(model), error.status);
}

interface SetupModel {
  readonly token: string;
  readonly name: string;
  readonly email: string;
  readonly message: Html | undefined;
}

const BLANK: SetupModel = { token: '', name: '', email: '', message: undefined };

function setupPage(model: SetupModel): string {
  const main = html`${model.message}
<p class="notice bad" id="incomplete" role="alert" hidden>This link is incomplete: the part behind # is missing. Copy the whole link, or ask for a new one.</p>
<div id="forms">
<form method="post" action="/setup">
${tokenFields(model)}
${field({ label: 'Your name', name: 'name', type: 'text', autocomplete: 'name', value: model.name, maxLength: 100 })}
${field({ label: 'E-mail', name: 'email', type: 'email', autocomplete: 'username', value: model.email, hint: 'You sign in with it. Greenroom sends no mail.', maxLength: 254 })}
${field({ label: 'Password', name: 'password', type: 'password', autocomplete: 'new-password', hint: `At least ${MIN_PASSWORD_LENGTH} characters; several words are good.`, minLength: MIN_PASSWORD_LENGTH, maxLength: MAX_PASSWORD_LENGTH })}
<div class="actions"><button>Join Greenroom</button></div>
</form>
<details><summary>I am here already</summary>
<p>If you are signed in in this browser, you join as yourself. Otherwise <a href="/sign-in">sign in</a>, then open the link again.</p>
<form method="post" action="/setup/join">
${tokenFields(model)}
<div class="actions"><button class="plain">Join as myself</button></div>
</form>
</details>
</div>`;
  const head = html`<script type="module" src="${assetPath('setup.js')}"></script>`;
  return layOut({ title: 'Welcome to Greenroom', main, head });
}

/** The script fills in the token. Without scripts a person copies it: the last field of a name counts. */
function tokenFields(model: SetupModel): Html {
  return html`<input type="hidden" name="token" value="${model.token}">
<noscript><div class="field"><label>Code: what follows # in your link
<input name="token" value="${model.token}" autocomplete="off" maxlength="200"></label></div></noscript>`;
}
