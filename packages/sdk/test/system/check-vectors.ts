import { createState, parseCallback, TikTokOAuth, toCodeChallenge } from '@greenroom/sdk/oauth';
import { verifyWebhook } from '@greenroom/sdk/webhooks';
import { PKCE_VECTOR, WEBHOOK_VECTOR } from '../fixtures/vectors.ts';

// A program of web standards alone: what it prints is what a runtime makes of the vectors.
const { body, timestamp, signature, clientSecret } = WEBHOOK_VECTOR;
const webhook = {
  rawBody: new TextEncoder().encode(body),
  clientSecret,
  clock: () => new Date(timestamp * 1000),
};
const right = await verifyWebhook({ ...webhook, signatureHeader: `t=${timestamp},s=${signature}` });
const wrong = await verifyWebhook({
  ...webhook,
  signatureHeader: `t=${timestamp},s=${'0'.repeat(64)}`,
}).catch((error: { code: string }) => error);

const oauth = new TikTokOAuth({ clientKey: 'aw0key', clientSecret: 'not-to-be-seen' });
const state = createState();
const redirectUri = 'http://127.0.0.1:8080/callback/';
const login = { redirectUri, scopes: ['video.list'], state: state.value };
const authorize = await oauth.createAuthorizeUrl(login);
const challenge = new URL(authorize.url).searchParams.get('code_challenge');
const callback = parseCallback(`/?code=a%2A0%216&state=${state.value}`, { state });

console.log(
  JSON.stringify({
    event: right.event,
    refused: 'code' in wrong && wrong.code,
    challenge: await toCodeChallenge(PKCE_VECTOR.codeVerifier),
    challengeIsOfVerifier: challenge === (await toCodeChallenge(authorize.codeVerifier ?? '')),
    code: callback.code,
    printed: JSON.stringify([oauth, authorize, callback]).includes('a*0!6'),
  }),
);
