import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '../workspaces/identity-options.ts';
import { requireGoodPassword } from '../workspaces/people.ts';
import { orRefusal, readForm } from './forms.ts';
import { type Html, html } from './html.ts';
import { field, layOut, notice } from './layout.ts';
import { sendPage } from './send-page.ts';
import { findVisitor, requireVisitor } from './visitor.ts';

/** A password that a person chooses, as the contract wants it. */
export const NewPasswordField = z
  .string({ error: 'Choose a password.' })
  .min(MIN_PASSWORD_LENGTH, `The password takes at least ${MIN_PASSWORD_LENGTH} characters.`)
  .max(MAX_PASSWORD_LENGTH, `The password takes at most ${MAX_PASSWORD_LENGTH} characters.`);

const PasswordForm = z.object({
  current_password: z.string({ error: 'Enter your present password.' }).min(1).max(1000),
  new_password: NewPasswordField,
});

/** Registers the page on which people choose another password. */
export function registerPasswordPage(app: FastifyInstance, services: Services): void {
  app.get('/password', async (request, reply) => {
    if ((await findVisitor(services, request)) === undefined) {
      return reply.redirect('/sign-in', 303);
    }
    return sendPage(reply, passwordPage(undefined));
  });

  app.post('/password', async (request, reply) => {
    const { caller } = await requireVisitor(services, request);
    const cookies = await orRefusal(async () => {
      const form = readForm(PasswordForm, request);
      requireGoodPassword(form.new_password, caller.person, '/new_password');
      return services.identity.changePassword(
        request.headers.cookie ?? '',
        caller.session,
        { current: form.current_password, next: form.new_password },
        request.ip,
      );
    });
    if (cookies instanceof ProblemError) {
      return sendPage(reply, passwordPage(notice('bad', cookies.message)), cookies.status);
    }
    return reply.header('set-cookie', [...cookies]).redirect('/?done=password', 303);
  });
}

function passwordPage(message: Html | undefined): string {
  const main = html`${message}
<form method="post" action="/password">
${field({ label: 'Present password', name: 'current_password', type: 'password', autocomplete: 'current-password', maxLength: 1000 })}
${field({ label: 'New password', name: 'new_password', type: 'password', autocomplete: 'new-password', hint: `At least ${MIN_PASSWORD_LENGTH} characters; several words are good.`, minLength: MIN_PASSWORD_LENGTH, maxLength: MAX_PASSWORD_LENGTH })}
<div class="actions"><button>Change password</button><a class="button plain" href="/">Cancel</a></div>
</form>
<p class="hint">You stay signed in here; everywhere else you are signed out.</p>`;
  return layOut({ title: 'Change your password', main });
}
