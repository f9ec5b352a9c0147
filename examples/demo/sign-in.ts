import {
  createState,
  parseCallback,
  type TikTokOAuth,
  type UserTokens,
} from '@greenroom/sdk/oauth';
import { consent } from './consent.ts';
import { listenForRedirect } from './redirect.ts';

/**
 * Connects a creator as a browser would: opens TikTok's consent page, picks the creator, presses the button, and
 * is redirected to a callback of our own that takes the code.
 */
export async function signIn(oauth: TikTokOAuth, username: string): Promise<UserTokens> {
  await using redirect = await listenForRedirect();
  const state = createState();
  const authorize = await oauth.createAuthorizeUrl({
    redirectUri: redirect.uri,
    scopes: ['user.info.basic', 'video.publish', 'video.upload', 'video.list'],
    state: state.value,
    pkce: 'hex',
  });
  await consent(authorize.url, username);
  const { code } = parseCallback(String(await redirect.arrival), { state });
  return await oauth.exchangeCode({
    code,
    redirectUri: redirect.uri,
    codeVerifier: authorize.codeVerifier,
  });
}
