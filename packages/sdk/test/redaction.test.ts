import { inspect } from 'node:util';
import {
  TikTokApiError,
  TikTokClient,
  TikTokError,
  TikTokNetworkError,
  TikTokOAuthError,
  TikTokTimeoutError,
  TikTokUploadError,
  TikTokValidationError,
  TikTokWebhookSignatureError,
} from '@greenroom/sdk';
import {
  createState,
  parseCallback,
  type QrLogin,
  RefreshingTokenSource,
  restoreTokens,
  TikTokOAuth,
} from '@greenroom/sdk/oauth';
import { verifyWebhook } from '@greenroom/sdk/webhooks';
import { describe, expect, test } from 'vitest';
import { redactText, withSecrets } from '../src/redact.ts';
import { type Answer, sendJson, startServer } from './support/server.ts';

// No prefix of TikTok's, so that no pattern helps; characters that every encoding changes.
const CANARY = 'canary*0!64"10&%/+~(é)';
const ENCODED = [CANARY, encodeURIComponent(CANARY), new URLSearchParams({ a: CANARY }).toString()];
const PIECES = [...ENCODED, JSON.stringify(CANARY).slice(1, -1), 'canary'];

/** Every way in which something ends up in a log. */
function printedForms(value: unknown): string {
  const forms = [
    inspect(value, { depth: 10, showHidden: true }),
    inspect(value, { depth: 10, getters: false, compact: true }),
    JSON.stringify(value),
    JSON.stringify({ nested: [value] }),
    String(value),
    inspect({ ...(value as object) }, { depth: 10, showHidden: true }),
  ];
  if (value instanceof Error) {
    forms.push(value.message, String(value.stack), JSON.stringify(Object.entries(value)));
    if (value.cause !== undefined) forms.push(printedForms(value.cause));
  }
  return forms.join('\n');
}

function expectNoCanary(value: unknown): void {
  const printed = printedForms(value);
  for (const piece of PIECES) expect(printed).not.toContain(piece);
}

async function catchError(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Says everything that it was told, as badly behaved servers do. */
function echo(form: 'envelope' | 'flat' | 'html' | 'redirect' | 'cut'): Answer {
  return (response, request) => {
    const said = `${request.url} ${request.body} ${decodeURIComponent(request.body)} ${request.headers.authorization}`;
    const forms = {
      envelope: () =>
        sendJson(response, 400, { data: {}, error: { code: said, message: said, log_id: said } }),
      flat: () => sendJson(response, 200, { error: said, error_description: said, log_id: said }),
      html: () => response.writeHead(200).end(`<html>${said}`),
      redirect: () => response.writeHead(302, { location: `/${encodeURIComponent(said)}` }).end(),
      cut: () => response.destroy(),
    };
    forms[form]();
  };
}

const SOURCE = { source: 'PULL_FROM_URL', video_url: 'https://media.example.com/a.mp4' } as const;
const CALLS: readonly [string, (client: TikTokClient) => Promise<unknown>][] = [
  ['queryCreatorInfo', (client) => client.queryCreatorInfo()],
  [
    'initVideo',
    (client) =>
      client.initVideo({ post_info: { privacy_level: 'SELF_ONLY' }, source_info: SOURCE }),
  ],
  ['initInboxVideo', (client) => client.initInboxVideo({ source_info: SOURCE })],
  [
    'initPhotos',
    (client) =>
      client.initPhotos({
        post_mode: 'MEDIA_UPLOAD',
        post_info: {},
        source_info: {
          source: 'PULL_FROM_URL',
          photo_images: ['https://m.test/1.jpg'],
          photo_cover_index: 0,
        },
      }),
  ],
  ['fetchStatus', (client) => client.fetchStatus('p')],
  ['cancelPost', (client) => client.cancelPost('p')],
  ['getUserInfo', (client) => client.getUserInfo(['open_id'])],
  ['listVideosPage', (client) => client.listVideosPage({ fields: ['id'] })],
  ['queryVideos', (client) => client.queryVideos(['1'], ['id'])],
];
const LOGIN: QrLogin = withSecrets(
  {},
  { url: `aweme://x?t=${CANARY}`, token: CANARY, clientTicket: CANARY },
);
const OAUTH_CALLS: readonly [string, (oauth: TikTokOAuth) => Promise<unknown>][] = [
  [
    'exchangeCode',
    (oauth) =>
      oauth.exchangeCode({ code: CANARY, redirectUri: 'https://a.test/', codeVerifier: CANARY }),
  ],
  ['refresh', (oauth) => oauth.refresh(CANARY)],
  ['clientCredentials', (oauth) => oauth.clientCredentials()],
  ['revoke', (oauth) => oauth.revoke(CANARY)],
  ['checkQrCode', (oauth) => oauth.checkQrCode(LOGIN)],
];
const FORMS = ['envelope', 'flat', 'html', 'redirect', 'cut'] as const;
const sleep = async () => {};

describe.each(FORMS)('when the server says all it knows, by %s,', (form) => {
  test.each(CALLS)('the error of %s has no token', async (_name, call) => {
    await using server = await startServer(echo(form));
    // The canary is Latin-1 without blanks, so that a header can carry it.
    const client = new TikTokClient({ accessToken: CANARY, baseUrl: server.url, sleep });
    const error = await catchError(() => call(client));
    expect(error).toBeInstanceOf(TikTokError);
    expect(server.requests.length).toBeGreaterThan(0);
    expectNoCanary(error);
  });

  test.each(OAUTH_CALLS)('the error of %s has no secret', async (_name, call) => {
    await using server = await startServer(echo(form));
    const app = { clientKey: 'k', clientSecret: CANARY, baseUrl: server.url, sleep };
    const error = await catchError(() => call(new TikTokOAuth(app)));
    expect(error).toBeInstanceOf(TikTokError);
    expect(server.requests.length).toBeGreaterThan(0);
    expectNoCanary(error);
  });
});

test('a token that no header can carry is not in the error about it', async () => {
  const client = new TikTokClient({ accessToken: `${CANARY}\n${CANARY}`, maxRetries: 0 });
  const error = await catchError(() => client.queryCreatorInfo());
  expect(error).toBeInstanceOf(TikTokNetworkError);
  expectNoCanary(error);
});

test('a fetch that fails with all that it was given does not give it away', async () => {
  const fetch = (url: string, init?: RequestInit) => {
    const cause = Object.assign(new Error(`headers ${JSON.stringify(init?.headers)}`), { init });
    const failure = new TypeError(`fetch of ${url} failed: ${inspect(init, { depth: 5 })}`, {
      cause,
    });
    return Promise.reject(Object.assign(failure, { request: init }));
  };
  const client = new TikTokClient({ accessToken: CANARY, fetch, maxRetries: 0 });
  const error = await catchError(() => client.queryCreatorInfo());
  expect(error).toMatchObject({ cause: { name: 'TypeError', cause: { name: 'Error' } } });
  expectNoCanary(error);
});

const STORED = {
  accessToken: CANARY,
  refreshToken: CANARY,
  openId: '-000x',
  scopes: ['video.list'],
  expiresAt: '2026-11-20T12:00:00.000Z',
  refreshExpiresAt: null,
};
const state = createState();

test.each<[string, unknown]>([
  ['a client', new TikTokClient({ accessToken: CANARY })],
  [
    'a client with a source',
    new TikTokClient({ accessToken: { getAccessToken: async () => CANARY } }),
  ],
  ['the OAuth client', new TikTokOAuth({ clientKey: 'k', clientSecret: CANARY })],
  ['tokens', restoreTokens(STORED)],
  [
    'a token source',
    new RefreshingTokenSource({
      oauth: new TikTokOAuth({ clientKey: 'k', clientSecret: CANARY }),
      tokens: restoreTokens(STORED),
      save: async () => {},
    }),
  ],
  [
    'a callback that was parsed',
    parseCallback(`/?code=${encodeURIComponent(CANARY)}&state=${state.value}`, { state }),
  ],
])('%s prints and serialises without its secret', (_what, value) => {
  expectNoCanary(value);
});

test.each<[string, unknown, (oauth: TikTokOAuth, client: TikTokClient) => Promise<unknown>]>([
  [
    'tokens',
    { access_token: CANARY, refresh_token: CANARY, open_id: 'o', expires_in: 7200 },
    (oauth) => oauth.refresh('rft.old'),
  ],
  [
    'a token of the app',
    { access_token: CANARY, expires_in: 7200 },
    (oauth) => oauth.clientCredentials(),
  ],
  [
    'a QR login',
    { scan_qrcode_url: `aweme://x?t=tobefilled&${CANARY}`, token: CANARY },
    (oauth) => oauth.getQrCode({ scopes: ['video.list'] }),
  ],
  [
    'a confirmed QR login',
    { status: 'confirmed', client_ticket: CANARY, code: CANARY },
    (oauth) => oauth.checkQrCode(LOGIN),
  ],
  [
    'an authorize request',
    {},
    async (oauth) => {
      const redirectUri = 'http://127.0.0.1:1/';
      const login = { redirectUri, scopes: ['video.list'], state: 's' };
      const request = await oauth.createAuthorizeUrl(login);
      const { codeVerifier = '' } = request;
      expect(codeVerifier).toHaveLength(43);
      expect(printedForms(request)).not.toContain(codeVerifier);
      return request;
    },
  ],
  [
    'an init answer',
    { data: { publish_id: 'p', upload_url: `https://u.test/${CANARY}` }, error: { code: 'ok' } },
    (_oauth, client) => client.initInboxVideo({ source_info: SOURCE }),
  ],
])('%s as they are answered print and serialise without a secret', async (_what, answer, call) => {
  await using server = await startServer((response) => sendJson(response, 200, answer));
  const oauth = new TikTokOAuth({ clientKey: 'k', clientSecret: CANARY, baseUrl: server.url });
  const client = new TikTokClient({ accessToken: CANARY, baseUrl: server.url });
  expectNoCanary(await call(oauth, client));
});

test('what is not secret is printed, and what is secret can be read', () => {
  const tokens = restoreTokens(STORED);
  expect(tokens.accessToken).toBe(CANARY);
  expect(inspect(tokens)).toContain('-000x');
  const { refreshExpiresAt: _none, ...shown } = STORED;
  expect(JSON.parse(JSON.stringify(tokens))).toEqual({
    ...shown,
    accessToken: '[redacted]',
    refreshToken: '[redacted]',
  });
});

test.each([
  TikTokError,
  TikTokApiError,
  TikTokOAuthError,
  TikTokNetworkError,
  TikTokTimeoutError,
  TikTokUploadError,
  TikTokValidationError,
  TikTokWebhookSignatureError,
])('%o keeps no secret that it is told of', (ErrorClass) => {
  const cause = new Error(`deep ${CANARY}`, { cause: new Error(CANARY, { cause: CANARY }) });
  const error = new ErrorClass({
    code: `code ${CANARY}`,
    message: `message ${CANARY}`,
    explanation: `explanation ${CANARY}`,
    logId: CANARY,
    cause,
    secrets: [CANARY],
  });
  expect(error).toMatchObject({ name: ErrorClass.name, message: 'message [redacted]' });
  expect(error.stack).toContain('redaction.test.ts');
  expectNoCanary(error);
});

test('a cause that bites its tail is cut off', () => {
  const cause = new Error('round and round');
  cause.cause = cause;
  const error = new TikTokNetworkError({ code: 'network_error', cause });
  expect(inspect(error, { depth: 20 })).toContain('round and round');
});

test('a refused redirect does not give its code away', async () => {
  const query = `error=access_denied&error_description=${encodeURIComponent(CANARY)}`;
  const url = `/?${query}&code=${encodeURIComponent(CANARY)}&state=${state.value}`;
  expectNoCanary(await catchError(() => parseCallback(url, { state })));
});

test('a webhook that is refused does not give the client secret away', async () => {
  const signatureHeader = `t=1,s=${'0'.repeat(64)}`;
  const webhook = { rawBody: CANARY, signatureHeader, clientSecret: CANARY };
  expectNoCanary(await catchError(() => verifyWebhook(webhook)));
});

test.each([
  ['a token act.abc!def.1 here', 'a token act.[redacted] here'],
  ['rft.abc*x, clt.def', 'rft.[redacted], clt.[redacted]'],
  ['Authorization: Bearer abc.def', 'Authorization: Bearer [redacted]'],
  ['code=abc&state=s', 'code=[redacted]&state=s'],
  ['{"client_secret":"abc","a":1}', '{"client_secret":"[redacted]","a":1}'],
  [
    'PUT https://u.test/upload?upload_id=1&upload_token=abc failed',
    'PUT https://u.test/upload?[redacted] failed',
  ],
  ['see https://developers.tiktok.com/doc/a/', 'see https://developers.tiktok.com/doc/a/'],
  ['interaction.list and contract.x', 'interaction.list and contract.x'],
])('what looks like a secret is taken out of %j', (text, expected) => {
  expect(redactText(text)).toBe(expected);
});
