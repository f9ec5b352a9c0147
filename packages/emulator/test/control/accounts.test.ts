import { describe, expect, test } from 'vitest';
import { postJson, send, useEmulator } from '../support/tiktok.ts';

const start = useEmulator();
const SCOPES = [
  'user.info.basic',
  'user.info.profile',
  'user.info.stats',
  'video.list',
  'video.upload',
  'video.publish',
];

describe('without configuration', () => {
  test('there are an audited and an unaudited app that own loopback', async () => {
    const emulator = await start();
    const { apps } = await emulator.control.listApps();
    const common = {
      client_secret: 'emulator-secret',
      scopes: SCOPES,
      verified_domains: ['127.0.0.1', 'localhost'],
      verified_url_prefixes: [],
      webhook_url: null,
    };
    expect(apps).toMatchObject([
      { client_key: 'audited', audited: true, ...common },
      { client_key: 'unaudited', audited: false, ...common },
    ]);
  });

  test('there are a public, a private and a limited creator', async () => {
    const emulator = await start();
    const { creators } = await emulator.control.listCreators();
    expect(creators).toMatchObject([
      {
        username: 'public_creator',
        private_account: false,
        comment_disabled: false,
        duet_disabled: false,
        stitch_disabled: false,
        max_video_post_duration_sec: 600,
        can_post: true,
      },
      { username: 'private_creator', private_account: true },
      {
        username: 'limited_creator',
        private_account: false,
        comment_disabled: true,
        duet_disabled: true,
        stitch_disabled: true,
        max_video_post_duration_sec: 60,
      },
    ]);
  });
});

describe('PUT apps/{client_key}', () => {
  test('makes an app with TikTok’s defaults: unaudited', async () => {
    const emulator = await start();
    expect(await emulator.control.putApp('mine')).toMatchObject({
      client_key: 'mine',
      client_secret: 'emulator-secret',
      audited: false,
      scopes: SCOPES,
    });
  });

  test('keeps what is left out', async () => {
    const emulator = await start();
    await emulator.control.putApp('mine', { client_secret: 's3cret', audited: true });
    const app = await emulator.control.putApp('mine', { scopes: ['video.upload'] });
    expect(app).toMatchObject({ client_secret: 's3cret', audited: true, scopes: ['video.upload'] });
  });

  test.each([
    [{ scopes: ['user.info.email'] }, 'TikTok knows no scope user.info.email'],
    [{ webhook_url: 'http://app.example/hook' }, 'webhook_url'],
    [{ redirect_uris: ['http://app.example/cb'] }, 'must be https'],
    [{ verified_url_prefixes: ['https://app.example/media'] }, 'ends in /'],
    [{ typo: true }, 'typo'],
  ])('refuses %o', async (fields, message) => {
    const emulator = await start();
    const { json, status } = await send(`${emulator.url}/_emulator/apps/mine`, {
      method: 'PUT',
      body: JSON.stringify(fields),
    });
    expect({ status, json }).toEqual({
      status: 400,
      json: { error: { message: expect.stringContaining(message) } },
    });
    const { apps } = await emulator.control.listApps();
    expect(apps.map(({ client_key }) => client_key)).toEqual(['audited', 'unaudited']);
  });

  test('an app that changes keeps its tokens', async () => {
    const emulator = await start();
    const subject = { client_key: 'unaudited', username: 'public_creator' };
    const { access_token } = await emulator.control.createToken(subject);
    await emulator.control.putApp('unaudited', { audited: true });
    const url = `${emulator.url}/v2/post/publish/creator_info/query/`;
    expect((await postJson(url, access_token, {})).status).toBe(200);
  });
});

describe('PUT creators/{username}', () => {
  test('makes a creator, changes it, and creator info tells at once', async () => {
    const emulator = await start();
    await emulator.control.putCreator('ada.l', { nickname: 'Ada', private_account: true });
    const { access_token } = await emulator.control.createToken({
      client_key: 'audited',
      username: 'ada.l',
    });
    await emulator.control.putCreator('ada.l', { comment_disabled: true });
    const url = `${emulator.url}/v2/post/publish/creator_info/query/`;
    expect((await postJson(url, access_token, {})).json).toMatchObject({
      data: { creator_nickname: 'Ada', creator_username: 'ada.l', comment_disabled: true },
    });
  });

  test('refuses a name that TikTok could not have', async () => {
    const emulator = await start();
    await expect(emulator.control.putCreator('a b')).rejects.toThrow('letters');
  });
});

describe('POST tokens', () => {
  test('is TikTok’s token answer', async () => {
    const emulator = await start();
    const token = await emulator.control.createToken({
      client_key: 'audited',
      username: 'public_creator',
      scopes: ['video.publish'],
    });
    expect(token).toEqual({
      access_token: expect.stringMatching(/^act\./),
      expires_in: 7200,
      open_id: expect.stringMatching(/^-000/),
      refresh_expires_in: 15_552_000,
      refresh_token: expect.stringMatching(/^rft\./),
      scope: 'video.publish',
      token_type: 'Bearer',
    });
  });

  test.each([
    [{ client_key: 'nobody', username: 'public_creator' }, 404],
    [{ client_key: 'audited', username: 'nobody' }, 404],
    [{ client_key: 'audited', username: 'public_creator', scopes: ['research.data.basic'] }, 400],
    [{ client_key: 'audited', username: 'public_creator', scopes: [] }, 400],
    [{ client_key: 'audited' }, 400],
  ])('refuses %o with %i', async (body, status) => {
    const emulator = await start();
    const answer = await send(`${emulator.url}/_emulator/tokens`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    expect({ status: answer.status, json: answer.json }).toEqual({
      status,
      json: { error: { message: expect.any(String) } },
    });
  });

  test('keeps a thousand tokens of an app and creator; the oldest goes first', async () => {
    const emulator = await start();
    const subject = { client_key: 'audited', username: 'public_creator' };
    const first = await emulator.control.createToken(subject);
    for (let index = 0; index < 1000; index += 1) await emulator.control.createToken(subject);
    const url = `${emulator.url}/v2/post/publish/creator_info/query/`;
    expect((await postJson(url, first.access_token, {})).status).toBe(401);
    expect((await emulator.control.getState()).counts).toMatchObject({ access_tokens: 1000 });
  });
});

test('POST consents calls back as the page would', async () => {
  const emulator = await start();
  const ask = async (changes: string, decision: 'allow' | 'deny'): Promise<URL> => {
    const authorize_url = `${emulator.url}/v2/auth/authorize/?client_key=audited&response_type=code&state=s&redirect_uri=http%3A%2F%2F127.0.0.1%3A99%2F&code_challenge=${'a'.repeat(64)}&code_challenge_method=S256&${changes}`;
    const { redirect_url } = await emulator.control.decideConsent({
      authorize_url,
      username: 'public_creator',
      decision,
    });
    return new URL(redirect_url);
  };
  const allowed = await ask('scope=video.publish', 'allow');
  expect(allowed.searchParams.get('code')).toMatch(/\*0!/);
  const denied = await ask('scope=video.publish', 'deny');
  expect(denied.searchParams.get('error')).toBe('access_denied');
  const wrong = await ask('scope=none', 'allow');
  expect(wrong.searchParams.get('error')).toBe('invalid_scope');
  await expect(ask('scope=video.publish&client_key=x', 'allow')).resolves.toBeInstanceOf(URL);
  await expect(
    emulator.control.decideConsent({
      authorize_url: `${emulator.url}/v2/auth/authorize/?client_key=x`,
      username: 'public_creator',
    }),
  ).rejects.toThrow('error=unauthorized_client&error_type=client_key');
});

test('a creator who authorized no app cannot disconnect it', async () => {
  const { control } = await start();
  const disconnect = { act: 'disconnect', client_key: 'audited' } as const;
  await expect(control.act('public_creator', disconnect)).rejects.toMatchObject({ status: 400 });
  await control.createToken({ client_key: 'audited', username: 'public_creator' });
  await control.act('public_creator', disconnect);
  expect((await control.listWebhooks()).webhooks).toHaveLength(1);
  await expect(control.act('public_creator', disconnect)).rejects.toMatchObject({ status: 400 });
});
