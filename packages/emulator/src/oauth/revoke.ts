import type { FastifyInstance } from 'fastify';
import { removeAuthorization } from '../authorization.ts';
import type { Emulator } from '../emulator.ts';
import { OAuthError, sendOAuth } from '../wire/oauth-answer.ts';
import { MALFORMED, requireClient } from './client.ts';
import { readForm, requireField } from './form.ts';

/** Reason in the webhook: the developer revoked. */
const REVOKED_BY_APP = 5;

/** `POST /v2/oauth/revoke/`: an app gives a creator's authorization back. */
export function registerRevoke(app: FastifyInstance, emulator: Emulator): void {
  app.post('/v2/oauth/revoke/', (request, reply) => {
    const form = readForm(emulator, request);
    const client = requireClient(emulator, request, form);
    const token = emulator.store.tokens.access.find(requireField(form, 'token', MALFORMED));
    if (token === undefined || token.client_key !== client.client_key) {
      throw new OAuthError('invalid_grant', 'Access token is invalid or not found.', {
        rule: 'oauth.parameters',
        detail: 'token must be an access token of this app that was not revoked yet',
      });
    }
    request.call.username = token.username;
    removeAuthorization(emulator, client.client_key, token.username, REVOKED_BY_APP);
    return sendOAuth(reply, {});
  });
}
