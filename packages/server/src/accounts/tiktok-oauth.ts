import { TikTokOAuth } from '@greenroom/sdk/oauth';
import type { Services } from '../http/services.ts';
import type { AppCredentials } from './apps.ts';

/** TikTok's Login Kit for one app, on the installation's clock. */
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
  });
}
