import type { RateLimiter } from '@greenroom/sdk';
import { rateLimited } from './tiktok-problems.ts';

// Slots that are free are given at once; this is only for a machine that is busy.
const PATIENCE_MS = 1_000;

/**
 * Takes slots of a limiter only when they are free: whoever would have to wait up to a minute gets
 * `tiktok-rate-limited` instead, and gives the place in the queue back.
 */
export function impatient(limiter: RateLimiter): RateLimiter {
  return {
    state: () => limiter.state(),
    acquire: async (request) => {
      const patience = AbortSignal.timeout(PATIENCE_MS);
      const signals = request.signal === undefined ? [patience] : [request.signal, patience];
      try {
        await limiter.acquire({ ...request, signal: AbortSignal.any(signals) });
      } catch (error) {
        request.signal?.throwIfAborted();
        throw patience.aborted ? rateLimited() : error;
      }
    },
  };
}
