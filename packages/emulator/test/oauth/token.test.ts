import { request as httpRequest } from 'node:http';
import { describe, expect, test } from 'vitest';
import {
  audited,
  brokenRules,
  exchange,
  grantCode,
  pkce,
  postForm,
  postJson,
  redirectUri,
  send,
  useEmulator,
} from '../support/tiktok.ts';

const start = useEmulator();
const LOG_ID = /^\d{14}[0-9A-F]{20}$/;

describe('exchange of a code', () => {
  test('answers flat tokens with the granted scopes and the lifetimes of November 2026', async () => {
    const emulator = await start();
    const code = await grantCode(emulator);
    const { headers, json, status } = await exchange(emulator, code);
    expect({ status, json }).toEqual({
      status: 200,
      json: {
        access_token: expect.stringMatching(/^act\..+!\d+\.va$/),
        expires_in: 7200,
        open_id: expect.stringMatching(/^-000/),
        refresh_expires_in: 15_552_000,
        refresh_token: expect.stringMatching(/^rft\./),
        scope: 'user.info.basic,video.publish',
        token_type: 'Bearer',
      },
    });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('gives the same creator the same open_id, and another one to another app', async () => {
    const emulator = await start();
    const first = await exchange(emulator, await grantCode(emulator));
    const second = await exchange(emulator, await grantCode(emulator));
    const other = await emulator.control.createToken({
      client_key: 'unaudited',
      username: 'public_creator',
    });
    expect(second.json['open_id']).toBe(first.json['open_id']);
    expect(other.open_id).not.toBe(first.json['open_id']);
  });

  test('takes a code once', async () => {
    const emulator = await start();
    const code = await grantCode(emulator);
    await exchange(emulator, code);
    const { json, status } = await exchange(emulator, code);
    expect({ status, json }).toEqual({
      status: 200,
      json: {
        error: 'invalid_grant',
        error_description: 'Authorization code is expired.',
        log_id: expect.stringMatching(LOG_ID),
      },
    });
  });

  test('takes a code for five minutes of the emulator’s clock', async () => {
    const emulator = await start();
    await emulator.control.moveClock({ frozen: true });
    const [early, late] = [await grantCode(emulator), await grantCode(emulator)];
    await emulator.control.moveClock({ advance_seconds: 299 });
    expect((await exchange(emulator, early)).json).toHaveProperty('access_token');
    await emulator.control.moveClock({ advance_seconds: 1 });
    expect((await exchange(emulator, late)).json).toMatchObject({
      error: 'invalid_grant',
      error_description: 'Authorization code is expired.',
    });
  });

  test('says so when the code was not URL-decoded', async () => {
    const emulator = await start();
    const code = await grantCode(emulator);
    const encoded = encodeURIComponent(code).replace('*', '%2A').replace('!', '%21');
    const { json } = await exchange(emulator, encoded);
    expect(json).toMatchObject({ error: 'invalid_grant' });
    expect(await brokenRules(emulator)).toEqual(['oauth.code_decoded_once']);
    expect((await exchange(emulator, code)).json).toHaveProperty('access_token');
  });

  test('refuses another redirect with TikTok’s sentence', async () => {
    const emulator = await start();
    const code = await grantCode(emulator);
    const { json } = await exchange(emulator, code, { redirect_uri: redirectUri.slice(0, -1) });
    expect(json).toMatchObject({
      error: 'invalid_request',
      error_description: 'Redirect_uri is not matched with the uri when requesting code.',
    });
  });

  test('refuses a code that was issued to another app', async () => {
    const emulator = await start();
    const code = await grantCode(emulator);
    const { json } = await exchange(emulator, code, { client_key: 'unaudited' });
    expect(json).toMatchObject({ error: 'invalid_grant' });
  });
});

describe('PKCE', () => {
  test('compares in hex: the vector of reference 1.3 passes', async () => {
    const emulator = await start();
    const code = await grantCode(emulator, { code_challenge: pkce.hex });
    expect((await exchange(emulator, code)).json).toHaveProperty('access_token');
  });

  test.each(['strict', 'observed', 'lenient'] as const)(
    'takes a base64url challenge at authorize and fails at the exchange (%s)',
    async (dialect) => {
      const emulator = await start({ dialect });
      const code = await grantCode(emulator, { code_challenge: pkce.base64url });
      expect((await exchange(emulator, code)).json).toMatchObject({
        error: 'invalid_request',
        error_description: 'Code verifier or code challenge is invalid.',
      });
      expect(await brokenRules(emulator)).toEqual([
        'oauth.code_challenge_hex',
        'oauth.code_verifier',
      ]);
    },
  );

  test.each([
    ['missing', ''],
    ['of another challenge', `${pkce.verifier.slice(0, -1)}l`],
    ['too short', pkce.verifier.slice(0, 42)],
  ])('refuses a verifier that is %s', async (_what, code_verifier) => {
    const emulator = await start();
    const code = await grantCode(emulator);
    expect((await exchange(emulator, code, { code_verifier })).json).toMatchObject({
      error: 'invalid_request',
      error_description: 'Code verifier or code challenge is invalid.',
    });
  });

  test('ignores a verifier when no challenge was sent', async () => {
    const emulator = await start();
    await emulator.control.putApp('audited', { redirect_uris: ['https://app.example/cb'] });
    const web = {
      redirect_uri: 'https://app.example/cb',
      code_challenge: undefined,
      code_challenge_method: undefined,
    };
    const code = await grantCode(emulator, web);
    const { json } = await exchange(emulator, code, { redirect_uri: 'https://app.example/cb' });
    expect(json).toHaveProperty('access_token');
  });
});

describe('refresh', () => {
  test('rotates: the old refresh token is dead at once, the new one works', async () => {
    const emulator = await start();
    const first = (await exchange(emulator, await grantCode(emulator))).json;
    const refresh = (token: unknown) =>
      postForm(`${emulator.url}/v2/oauth/token/`, {
        ...audited,
        grant_type: 'refresh_token',
        refresh_token: String(token),
      });
    const second = await refresh(first['refresh_token']);
    expect(second.json).toMatchObject({
      scope: first['scope'],
      open_id: first['open_id'],
      expires_in: 7200,
      refresh_expires_in: 15_552_000,
    });
    expect(second.json['refresh_token']).not.toBe(first['refresh_token']);
    expect((await refresh(first['refresh_token'])).json).toMatchObject({ error: 'invalid_grant' });
    expect((await refresh(second.json['refresh_token'])).json).toHaveProperty('access_token');
  });

  test('lets one of two refreshes at the same time win', async () => {
    const emulator = await start();
    const { refresh_token } = await emulator.control.createToken({
      client_key: 'audited',
      username: 'public_creator',
    });
    const answers = await Promise.all(
      [1, 2].map(() =>
        postForm(`${emulator.url}/v2/oauth/token/`, {
          ...audited,
          grant_type: 'refresh_token',
          refresh_token,
        }),
      ),
    );
    const won = answers.filter(({ json }) => 'access_token' in json);
    expect(won).toHaveLength(1);
  });

  test.each([
    { refresh_renews: true, remaining: 15_552_000 },
    { refresh_renews: false, remaining: 15_552_000 - 86_400 },
  ])('grants $remaining s more when refresh_renews is $refresh_renews', async (row) => {
    const emulator = await start({ settings: { refresh_renews: row.refresh_renews } });
    await emulator.control.moveClock({ frozen: true });
    const { refresh_token } = await emulator.control.createToken({
      client_key: 'audited',
      username: 'public_creator',
    });
    await emulator.control.moveClock({ advance_seconds: 86_400 });
    const { json } = await postForm(`${emulator.url}/v2/oauth/token/`, {
      ...audited,
      grant_type: 'refresh_token',
      refresh_token,
    });
    expect(json['refresh_expires_in']).toBe(row.remaining);
  });

  test('refuses a refresh token after its 180 days', async () => {
    const emulator = await start();
    const { refresh_token } = await emulator.control.createToken({
      client_key: 'audited',
      username: 'public_creator',
    });
    await emulator.control.moveClock({ advance_seconds: 15_552_000 });
    const { json } = await postForm(`${emulator.url}/v2/oauth/token/`, {
      ...audited,
      grant_type: 'refresh_token',
      refresh_token,
    });
    expect(json).toMatchObject({ error: 'invalid_grant' });
  });
});

test('answers client credentials with a clt. token and no refresh token', async () => {
  const emulator = await start();
  const { json } = await postForm(`${emulator.url}/v2/oauth/token/`, {
    ...audited,
    grant_type: 'client_credentials',
  });
  expect(json).toEqual({
    access_token: expect.stringMatching(/^clt\./),
    expires_in: 7200,
    token_type: 'Bearer',
  });
  const posting = await postJson(
    `${emulator.url}/v2/post/publish/creator_info/query/`,
    String(json['access_token']),
    {},
  );
  expect(posting.status).toBe(401);
});

describe('what an OAuth endpoint refuses', () => {
  const good = { ...audited, grant_type: 'client_credentials' };
  test.each([
    {
      what: 'a missing client_key',
      fields: { client_key: '' },
      error: 'invalid_request',
      description: 'The request parameters are malformed.',
    },
    {
      what: 'a missing client_secret',
      fields: { client_secret: '' },
      error: 'invalid_request',
      description: 'Client secret is missed in request.',
    },
    {
      what: 'a wrong client_secret',
      fields: { client_secret: 'wrong' },
      error: 'invalid_client',
      description: 'Client key or secret is incorrect.',
    },
    {
      what: 'an unknown app',
      fields: { client_key: 'nobody' },
      error: 'invalid_client',
      description: 'Client key or secret is incorrect.',
    },
    {
      what: 'another grant type',
      fields: { grant_type: 'password' },
      error: 'unsupported_grant_type',
      description: 'The grant_type is not supported.',
    },
    {
      what: 'a missing code',
      fields: { grant_type: 'authorization_code' },
      error: 'invalid_request',
      description: 'The request parameters are malformed.',
    },
  ])('$what is answered $error with HTTP 200', async ({ description, error, fields }) => {
    const emulator = await start();
    const answer = await postForm(`${emulator.url}/v2/oauth/token/`, { ...good, ...fields });
    expect({ status: answer.status, json: answer.json }).toEqual({
      status: 200,
      json: {
        error,
        error_description: description,
        log_id: expect.stringMatching(LOG_ID),
      },
    });
  });

  test('answers with HTTP 400 when the setting says so', async () => {
    const emulator = await start({ settings: { oauth_error_status: 400 } });
    const { status } = await postForm(`${emulator.url}/v2/oauth/token/`, {
      ...good,
      client_key: '',
    });
    expect(status).toBe(400);
  });
});

describe('content type', () => {
  const sentence = 'Only `application/x-www-form-urlencoded` is accepted as Content-Type.';
  const body = JSON.stringify({ ...audited, grant_type: 'client_credentials' });

  test.each(['strict', 'observed'] as const)(
    'JSON is refused with HTTP 200 (%s)',
    async (dialect) => {
      const emulator = await start({ dialect });
      const { json, status } = await send(`${emulator.url}/v2/oauth/token/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect({ status, json }).toEqual({
        status: 200,
        json: {
          error: 'invalid_request',
          error_description: sentence,
          log_id: expect.stringMatching(LOG_ID),
        },
      });
      expect(await brokenRules(emulator)).toEqual(['oauth.content_type']);
    },
  );

  test('JSON is taken, and noted, by the lenient dialect', async () => {
    const emulator = await start({ dialect: 'lenient' });
    const { json } = await send(`${emulator.url}/v2/oauth/token/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(json).toHaveProperty('access_token');
    expect(await brokenRules(emulator)).toEqual(['oauth.content_type']);
  });

  test('a Content-Type header sent twice is refused', async () => {
    const emulator = await start();
    const form = new URLSearchParams({ ...audited, grant_type: 'client_credentials' }).toString();
    const type = 'application/x-www-form-urlencoded';
    const text = await new Promise<string>((resolve, reject) => {
      const request = httpRequest(`${emulator.url}/v2/oauth/token/`, {
        method: 'POST',
        headers: [
          'Content-Type',
          type,
          'Content-Type',
          type,
          'Content-Length',
          String(form.length),
          'Host',
          'x',
        ],
      });
      request.on('error', reject).on('response', (response) => {
        let answer = '';
        response.on('data', (chunk: Buffer) => {
          answer += chunk.toString();
        });
        response.on('end', () => resolve(answer));
      });
      request.end(form);
    });
    expect(JSON.parse(text)).toMatchObject({ error_description: sentence });
  });
});
