import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../config/config.ts';
import type { Caller } from '../workspaces/principal.ts';
import { ProblemError } from './problem-error.ts';

/** Refuses a request when its sender has sent too many. */
export type RateLimitCheck = (request: FastifyRequest) => Promise<void>;

/**
 * Limits requests a minute: by address before anything is looked at, and by key or session once the headers
 * have named one. Each process counts for itself.
 *
 * @returns The check by key or session, for the routes that know their caller.
 */
export async function limitRequests(
  app: FastifyInstance,
  config: Pick<Config, 'requestsPerMinutePerAddress' | 'requestsPerMinutePerKey'>,
): Promise<RateLimitCheck> {
  await app.register(rateLimit, { global: false, timeWindow: 60_000, cache: 10_000 });
  const max = config.requestsPerMinutePerAddress;
  const byAddress = app.createRateLimit({ max, keyGenerator: addressOf });
  const events = app.createRateLimit({ max: max * EVENTS_FACTOR, keyGenerator: addressOf });
  const byCaller = app.createRateLimit({
    max: config.requestsPerMinutePerKey,
    keyGenerator: (request) => nameOf(request.caller),
  });
  app.addHook('onRequest', async (request) => {
    // Probes: a busy address must not make the server look ill.
    const { isForEvents, rateLimit: isLimited } = request.routeOptions.config;
    if (isLimited === false) return;
    await check(isForEvents === true ? events : byAddress, request, 'This address');
  });
  return async (request) => {
    if (request.caller.kind !== 'none') await check(byCaller, request, 'This key or session');
  };
}

// TikTok sends the events of all creators from a few addresses.
const EVENTS_FACTOR = 10;

async function check(
  limit: ReturnType<FastifyInstance['createRateLimit']>,
  request: FastifyRequest,
  who: string,
): Promise<void> {
  const state = await limit(request);
  if (state.isAllowed || !state.isExceeded) return;
  throw new ProblemError(
    'too-many-requests',
    `${who} has sent more than ${state.max} requests within a minute.`,
    { retryAfterSeconds: state.ttlInSeconds },
  );
}

/** An IPv6 address stands for its network of 64 bits: a household has that many. */
function addressOf({ ip }: FastifyRequest): string {
  // The socket of a caller who has hung up has no address, whatever the type says.
  const address: string | undefined = ip;
  return address === undefined ? 'gone' : normalizeIP(address, 64);
}

function nameOf(caller: Caller): string {
  switch (caller.kind) {
    case 'api_key':
      return `key ${caller.tokenHash.toString('base64')}`;
    case 'person':
      return `session ${caller.sessionId}`;
    case 'none':
      return 'nobody';
  }
}
