import type { FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';
import type { App } from '../state/app.ts';
import type { Creator } from '../state/creator.ts';
import type { AccessToken } from '../state/grant.ts';
import type { Scope } from '../state/scopes.ts';
import { WireError } from '../wire/wire-error.ts';
import type { LimitedEndpoint } from './rate-limits.ts';
import { rateLimits } from './rate-limits.ts';

/** Who makes a request: what its bearer token stands for. */
export interface Access {
  readonly app: App;
  readonly creator: Creator;
  readonly token: AccessToken;
}

/**
 * Finds whose token a request carries.
 *
 * @param scopes - The token must have one of these.
 * @throws {WireError} 401 `access_token_invalid` or `scope_not_authorized`.
 */
export function requireToken(
  emulator: Emulator,
  request: FastifyRequest,
  scopes: readonly Scope[],
): Access {
  const access = findAccess(emulator, readBearer(request));
  request.call.clientKey = access.app.client_key;
  request.call.username = access.creator.username;
  if (!scopes.some((scope) => access.token.scopes.includes(scope))) {
    throw new WireError('scope_not_authorized', {
      rule: 'access.scope',
      detail: `needs ${scopes.join(' or ')}, the token has ${access.token.scopes.join(', ')}`,
    });
  }
  return access;
}

/**
 * Counts a request against its endpoint's sliding minute, unless the limits are lifted.
 *
 * @throws {WireError} 429 `rate_limit_exceeded`.
 */
export function requireRate(emulator: Emulator, access: Access, endpoint: LimitedEndpoint): void {
  if (!emulator.settings.rate_limits) return;
  const { per, perMinute } = rateLimits[endpoint];
  const owner = per === 'token' ? access.token.access_token : access.app.client_key;
  const waitMs = emulator.rateLimits.take(endpoint, owner, emulator.clock.now());
  if (waitMs === 0) return;
  throw new WireError('rate_limit_exceeded', {
    rule: 'access.rate_limit',
    detail: `${endpoint} takes ${perMinute} requests a minute; there is room in ${waitMs} ms`,
    retryAfterMs: waitMs,
  });
}

function readBearer(request: FastifyRequest): string {
  const header = request.headers.authorization;
  if (header === undefined) {
    throw new WireError('access_token_invalid', {
      rule: 'access.token_missing',
      detail: 'there is no Authorization header',
    });
  }
  if (header.startsWith('Bearer ')) return header.slice(7).trim();
  throw new WireError('access_token_invalid', {
    rule: 'access.token_missing',
    detail: 'the Authorization header does not begin with "Bearer "',
  });
}

function findAccess(emulator: Emulator, value: string): Access {
  const { store, clock } = emulator;
  const token = store.tokens.access.find(value);
  if (token === undefined) {
    throw new WireError('access_token_invalid', {
      rule: 'access.token_invalid',
      detail: 'no such access token: revoked, of another kind, or never issued here',
    });
  }
  if (token.expires_at <= clock.now()) {
    throw new WireError('access_token_invalid', {
      rule: 'access.token_invalid',
      detail: `the access token expired at ${new Date(token.expires_at).toISOString()}`,
    });
  }
  const app = store.apps.get(token.client_key);
  const creator = store.creators.get(token.username);
  if (app !== undefined && creator !== undefined) return { app, creator, token };
  throw new WireError('access_token_invalid', { rule: 'access.token_invalid' });
}
