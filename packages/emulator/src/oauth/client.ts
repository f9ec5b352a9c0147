import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';
import type { App } from '../state/app.ts';
import { OAuthError } from '../wire/oauth-answer.ts';
import type { Form } from './form.ts';
import { requireField } from './form.ts';

/** TikTok's sentence for a parameter that is missing or unreadable. */
export const MALFORMED = 'The request parameters are malformed.';

/**
 * Finds the app that a form authenticates by its key and secret.
 *
 * @throws {OAuthError} `invalid_request` when one is missing, `invalid_client` when they do not fit.
 */
export function requireClient(emulator: Emulator, request: FastifyRequest, form: Form): App {
  const clientKey = requireField(form, 'client_key', MALFORMED);
  const secret = requireField(form, 'client_secret', 'Client secret is missed in request.');
  const app = emulator.store.apps.get(clientKey);
  if (app !== undefined && isSame(app.client_secret, secret)) {
    request.call.clientKey = app.client_key;
    return app;
  }
  throw new OAuthError('invalid_client', 'Client key or secret is incorrect.', {
    rule: 'oauth.client_authentication',
    detail:
      app === undefined ? 'there is no app of this client_key' : 'the client_secret is another',
  });
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
