import { TikTokOAuth } from '@greenroom/sdk/oauth';
import type { AppCredentials, BrokerContext } from './broker-context.ts';

/** Makes the SDK's OAuth client of an app; it holds the secret for as long as one exchange takes. */
export function toOAuth(context: BrokerContext, credentials: AppCredentials): TikTokOAuth {
  const { database, fetch, random, sleep, tiktokUrl, timeoutMs } = context;
  return new TikTokOAuth({
    clientKey: credentials.clientKey,
    clientSecret: credentials.clientSecret.reveal(),
    baseUrl: tiktokUrl,
    // The clock that sealPair counts from: only the difference is stored.
    clock: () => database.clock.now(),
    fetch,
    random,
    sleep,
    timeoutMs,
  });
}
