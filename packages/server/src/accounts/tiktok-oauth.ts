import { setTimeout as sleep } from 'node:timers/promises';
import { TikTokOAuth } from '@greenroom/sdk/oauth';
import type { Services } from '../http/services.ts';
import type { AppCredentials } from './apps.ts';
import { rateLimited } from './tiktok-problems.ts';

// A pause after "not now" is worth it; the minute of a rate limit is not, with a person waiting.
const PATIENCE_MS = 2_500;

/**
 * TikTok's Login Kit for one app, on the installation's clock, while a person waits: where TikTok asks
 * for a longer pause, it throws `tiktok-rate-limited` at once.
 */
export function openOAuth(
  services: Pick<Services, 'clock' | 'config'>,
  app: AppCredentials,
): TikTokOAuth {
  const { clock, config } = services;
  return new TikTokOAuth({
    clientKey: app.clientKey,
    clientSecret: app.clientSecret.reveal(),
    baseUrl: config.tiktokApiUrl,
    authorizeBaseUrl: config.tiktokAuthorizeUrl,
    clock: () => clock.now(),
    // No jitter: one person is no crowd, and pauses that are known can be judged.
    random: () => 1,
    sleep: async (ms, signal) => {
      if (ms > PATIENCE_MS) throw rateLimited(Math.ceil(ms / 1000));
      try {
        await sleep(ms, undefined, signal === undefined ? {} : { signal });
      } catch (error) {
        // Node hides the signal's reason in a cause; the SDK's contract is to reject with it.
        signal?.throwIfAborted();
        throw error;
      }
    },
  });
}
