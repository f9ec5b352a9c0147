import type { FastifyInstance } from 'fastify';
import type { Services } from '../http/services.ts';
import { toProblem } from '../http/to-problem.ts';
import { registerAssets } from './assets.ts';
import { registerConnectPages } from './connect-pages.ts';
import { acceptForms } from './forms.ts';
import { registerHome } from './home.ts';
import { registerPasswordPage } from './password-page.ts';
import { sendProblemPage } from './problem-page.ts';
import { registerSetupPage } from './setup-page.ts';
import { registerSignInPage } from './sign-in-page.ts';

/** Registers the pages for people: plain forms that need no build and, but for the one-time link, no script. */
export async function registerPages(app: FastifyInstance, services: Services): Promise<void> {
  await app.register(async (pages) => {
    acceptForms(pages);
    pages.addHook('onSend', async (_request, reply) => {
      // With `no-referrer`, which the API sends, forms would say `Origin: null`, and on plain http in a house's own
      // network nothing else vouches for them. To other sites we tell nothing, either way.
      reply.header('referrer-policy', 'same-origin');
    });
    pages.setErrorHandler((error, request, reply) => {
      const problem = toProblem(error);
      if (problem.status >= 500) request.log.error({ err: error }, 'a page failed');
      return sendProblemPage(reply, problem);
    });
    await registerAssets(pages);
    registerHome(pages, services);
    registerSignInPage(pages, services);
    registerSetupPage(pages, services);
    registerPasswordPage(pages, services);
    registerConnectPages(pages, services);
  });
}
