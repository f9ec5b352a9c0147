import { TikTokError, TikTokOAuthError } from '@greenroom/sdk';
import { restoreTokens, revealTokens, TikTokOAuth, type UserTokens } from '@greenroom/sdk/oauth';
import { describe, expect, test } from 'vitest';
import { type Answer, type SeenRequest, sendJson, startServer } from '../support/server.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const ANSWER = {
  access_token: 'act.exampleAccessTokenValue*0!6410.v1',
  expires_in: 7200,
  open_id: '-000exampleOpenIdForThisApp',
  refresh_expires_in: 15_552_000,
  refresh_token: 'rft.exampleRefreshTokenValue',
  scope: 'user.info.basic,video.publish',
  token_type: 'Bearer',
};
const TOKENS = {
  accessToken: 'act.exampleAccessTokenValue*0!6410.v1',
  refreshToken: 'rft.exampleRefreshTokenValue',
  openId: '-000exampleOpenIdForThisApp',
  scopes: ['user.info.basic', 'video.publish'],
  expiresAt: '2026-11-20T14:00:00.000Z',
  refreshExpiresAt: '2027-05-19T12:00:00.000Z',
};
const EXCHANGE = { code: 'c*0!6410', redirectUri: 'https://app.example.com/callback/' };

function startOAuth(baseUrl: string) {
  const time = new VirtualTime(NOW);
  const { clock, sleep } = time;
  const app = { clientKey: 'aw0key', clientSecret: 's&cret', random: () => 0.5, timeoutMs: 5_000 };
  return { time, oauth: new TikTokOAuth({ ...app, baseUrl, clock, sleep }) };
}

function formOf(request: SeenRequest | undefined) {
  return Object.fromEntries(new URLSearchParams(request?.body));
}

const app = { client_key: 'aw0key', client_secret: 's&cret' };

test.each<[string, (oauth: TikTokOAuth) => Promise<UserTokens>, Record<string, string>]>([
  [
    'an exchange',
    (oauth) => oauth.exchangeCode(EXCHANGE),
    {
      grant_type: 'authorization_code',
      code: 'c*0!6410',
      redirect_uri: 'https://app.example.com/callback/',
    },
  ],
  [
    'an exchange with PKCE',
    (oauth) => oauth.exchangeCode({ ...EXCHANGE, codeVerifier: 'v~' }),
    {
      grant_type: 'authorization_code',
      code: 'c*0!6410',
      redirect_uri: 'https://app.example.com/callback/',
      code_verifier: 'v~',
    },
  ],
  [
    'a refresh',
    (oauth) => oauth.refresh('rft.old'),
    { grant_type: 'refresh_token', refresh_token: 'rft.old' },
  ],
])('%s is a form, and answers tokens with their ends', async (_what, call, form) => {
  await using server = await startServer((response) => sendJson(response, 200, ANSWER));
  const tokens = await call(startOAuth(server.url).oauth);
  expect(revealTokens(tokens)).toEqual(TOKENS);
  const [request] = server.requests;
  expect(request).toMatchObject({ method: 'POST', url: '/v2/oauth/token/' });
  expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(request?.headers.authorization).toBeUndefined();
  expect(formOf(request)).toEqual({ ...app, ...form });
});

test.each([
  ['wrapped in data', { data: ANSWER }, TOKENS],
  ['wrapped in an envelope', { data: ANSWER, error: { code: 'ok', log_id: 'l' } }, TOKENS],
  ['with lifetimes as text', { ...ANSWER, expires_in: '7200' }, TOKENS],
  ['with scopes between blanks', { ...ANSWER, scope: 'user.info.basic video.publish' }, TOKENS],
  [
    'of before November 2026',
    { ...ANSWER, expires_in: 86_400 },
    { ...TOKENS, expiresAt: '2026-11-21T12:00:00.000Z' },
  ],
  [
    'without the end of the refresh token',
    { ...ANSWER, refresh_expires_in: undefined },
    { ...TOKENS, refreshExpiresAt: null },
  ],
])('tokens %s are read', async (_how, answer, expected) => {
  await using server = await startServer((response) => sendJson(response, 200, answer));
  const tokens = await startOAuth(server.url).oauth.refresh('rft.old');
  expect(revealTokens(tokens)).toEqual(expected);
});

test('tokens come back from a store as they went in', () => {
  const row = JSON.stringify(revealTokens(restoreTokens(TOKENS)));
  const tokens = restoreTokens(JSON.parse(row));
  expect(revealTokens(tokens)).toEqual(TOKENS);
  expect(tokens.expiresAt).toEqual(new Date('2026-11-20T14:00:00Z'));
});

test.each(['access_token', 'refresh_token', 'open_id', 'expires_in'])(
  'an answer without %s is no token answer',
  async (field) => {
    const answer = { ...ANSWER, [field]: undefined };
    await using server = await startServer((response) => sendJson(response, 200, answer));
    const error = startOAuth(server.url).oauth.refresh('rft.old');
    await expect(error).rejects.toMatchObject({ code: 'answer_unexpected', isRepeatSafe: false });
  },
);

describe('an error', () => {
  const DESCRIPTION = 'Authorization code is expired.';
  test.each([200, 400, 401])('in a flat body is told at status %i', async (status) => {
    const body = { error: 'invalid_grant', error_description: DESCRIPTION, log_id: '2026LOG' };
    await using server = await startServer((response) => sendJson(response, status, body));
    const error = startOAuth(server.url).oauth.exchangeCode(EXCHANGE);
    await expect(error).rejects.toBeInstanceOf(TikTokOAuthError);
    await expect(error).rejects.toMatchObject({
      code: 'invalid_grant',
      status,
      logId: '2026LOG',
      message: expect.stringContaining(DESCRIPTION),
      whoseMove: 'creator',
      isRepeatSafe: true,
      isRetryable: false,
    });
    expect(server.requests).toHaveLength(1);
  });

  test('in an envelope is told too', async () => {
    const body = { data: null, error: { code: 'invalid_grant', message: 'm', log_id: 'l' } };
    await using server = await startServer((response) => sendJson(response, 400, body));
    const error = startOAuth(server.url).oauth.refresh('rft.old');
    await expect(error).rejects.toBeInstanceOf(TikTokOAuthError);
    await expect(error).rejects.toMatchObject({ code: 'invalid_grant', logId: 'l' });
  });
});

describe('what a lost answer may have used up is not sent again', () => {
  const lost: readonly [string, Answer][] = [
    ['a cut connection', (response) => void response.destroy()],
    ['an empty answer', (response) => void response.writeHead(200).end()],
    ['half an answer', (response) => void response.writeHead(200).end('{"access_token":"act.')],
    ['an HTML page', (response) => void response.writeHead(200).end('<html>')],
    ['a 502 without JSON', (response) => void response.writeHead(502).end('<html>')],
    ['a redirect', (response) => void response.writeHead(302, { location: '/' }).end()],
  ];
  const calls: readonly [string, (oauth: TikTokOAuth) => Promise<unknown>][] = [
    ['exchange', (oauth) => oauth.exchangeCode(EXCHANGE)],
    ['refresh', (oauth) => oauth.refresh('rft.old')],
  ];
  const cases = calls.flatMap(([what, call]) =>
    lost.map(([how, answer]) => ({ what, call, how, answer })),
  );

  test.each(cases)('$what after $how', async ({ call, answer }) => {
    await using server = await startServer(answer);
    const { oauth, time } = startOAuth(server.url);
    const error = time.runUntil(call(oauth));
    await expect(error).rejects.toBeInstanceOf(TikTokError);
    await expect(error).rejects.toMatchObject({ isRepeatSafe: false, isRetryable: false });
    expect(server.requests).toHaveLength(1);
  });
});

test.each(['server_error', 'temporarily_unavailable'])(
  'a %s that TikTok names is asked again, with pauses',
  async (error) => {
    await using server = await startServer((response, _request, i) =>
      sendJson(response, 200, i < 2 ? { error } : ANSWER),
    );
    const { oauth, time } = startOAuth(server.url);
    const tokens = await time.runUntil(oauth.refresh('rft.old'));
    expect(tokens.accessToken).toBe(ANSWER.access_token);
    expect(time.slept).toEqual([250, 500]);
  },
);

test("the app's own token is a form, read, and asked again after any failure", async () => {
  const answer = { access_token: 'clt.example', expires_in: 7200, token_type: 'Bearer' };
  await using server = await startServer((response, _request, i) =>
    i === 0 ? void response.destroy() : sendJson(response, 200, answer),
  );
  const { oauth, time } = startOAuth(server.url);
  const token = await time.runUntil(oauth.clientCredentials());
  expect(token.accessToken).toBe('clt.example');
  expect(token.expiresAt.getTime() - time.now).toBe(7_200_000);
  expect(formOf(server.requests[1])).toEqual({ ...app, grant_type: 'client_credentials' });
});

describe('a revoke', () => {
  test.each<[string, Answer, string]>([
    ['an empty object', (response) => sendJson(response, 200, {}), 'empty_object'],
    ['no bytes', (response) => void response.writeHead(200).end(), 'empty_body'],
  ])('answered by %s is done', async (_what, answer, expected) => {
    await using server = await startServer(answer);
    const { oauth } = startOAuth(server.url);
    expect(await oauth.revoke('act.x')).toEqual({ answer: expected });
    expect(server.requests[0]).toMatchObject({ method: 'POST', url: '/v2/oauth/revoke/' });
    expect(formOf(server.requests[0])).toEqual({ ...app, token: 'act.x' });
  });

  test('answered by an error with status 200 is refused', async () => {
    const body = { error: 'invalid_client', error_description: 'no' };
    await using server = await startServer((response) => sendJson(response, 200, body));
    const error = startOAuth(server.url).oauth.revoke('act.x');
    await expect(error).rejects.toMatchObject({ code: 'invalid_client', status: 200 });
  });

  test.each([400, 500])('answered by no bytes and status %i is refused', async (status) => {
    await using server = await startServer((response) => void response.writeHead(status).end());
    const error = startOAuth(server.url).oauth.revoke('act.x');
    await expect(error).rejects.toMatchObject({ status, isRepeatSafe: true });
    expect(server.requests).toHaveLength(1);
  });
});
