import { readFile } from 'node:fs/promises';
import { type RunningEmulator, startEmulator } from '@greenroom/emulator';
import { TikTokClient } from '@greenroom/sdk';
import {
  createState,
  parseCallback,
  RefreshingTokenSource,
  TikTokOAuth,
  type UserTokens,
} from '@greenroom/sdk/oauth';
import { verifyWebhook, type WebhookEvent, webhookIdempotencyKey } from '@greenroom/sdk/webhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startServer } from '../support/server.ts';

const CLIENT_SECRET = 'emulator-secret';
const MEDIA = new URL('../../../../examples/demo/media/', import.meta.url);
const REDIRECT = 'http://127.0.0.1:45999/callback/';
const SCOPES = ['user.info.basic', 'video.publish', 'video.upload'];

let emulator: RunningEmulator;
let oauth: TikTokOAuth;

beforeAll(async () => {
  emulator = await startEmulator({ settings: { rate_limits: false } });
  const clock = await emulatorClock();
  oauth = new TikTokOAuth({
    clientKey: 'audited',
    clientSecret: CLIENT_SECRET,
    baseUrl: emulator.url,
    authorizeBaseUrl: emulator.url,
    clock,
  });
});
afterAll(() => emulator.close());
beforeEach(() => emulator.control.reset());

async function emulatorClock() {
  const offset = Date.parse((await emulator.control.moveClock({})).now) - Date.now();
  return () => new Date(Date.now() + offset);
}

async function signIn(
  options: { scopes?: string[]; decision?: 'allow' | 'deny' } = {},
): Promise<UserTokens> {
  const state = createState();
  const request = { redirectUri: REDIRECT, scopes: SCOPES, state: state.value };
  const { url, codeVerifier } = await oauth.createAuthorizeUrl(request);
  const { redirect_url } = await emulator.control.decideConsent({
    authorize_url: url,
    username: 'public_creator',
    ...options,
  });
  const { code } = parseCallback(redirect_url, { state });
  return oauth.exchangeCode({ code, redirectUri: REDIRECT, codeVerifier });
}

describe('a login', () => {
  test('gives tokens that work, with the scopes that were granted', async () => {
    const tokens = await signIn({ scopes: ['user.info.basic', 'video.publish'] });
    expect(tokens.scopes.toSorted()).toEqual(['user.info.basic', 'video.publish']);
    const livesMs = tokens.expiresAt.getTime() - Date.now();
    expect(livesMs).toBeGreaterThan(7_100_000);
    expect(livesMs).toBeLessThan(7_300_000);
    const client = new TikTokClient({ accessToken: tokens.accessToken, baseUrl: emulator.url });
    expect(await client.queryCreatorInfo()).toMatchObject({ creator_username: 'public_creator' });
    expect(await client.getUserInfo(['open_id'])).toEqual({ open_id: tokens.openId });
  });

  test('that the creator refuses is told', async () => {
    await expect(signIn({ decision: 'deny' })).rejects.toMatchObject({ code: 'access_denied' });
  });

  test('whose code was used already is refused', async () => {
    const state = createState();
    const request = { redirectUri: REDIRECT, scopes: SCOPES, state: state.value };
    const { url, codeVerifier } = await oauth.createAuthorizeUrl(request);
    const consent = { authorize_url: url, username: 'public_creator' };
    const { redirect_url } = await emulator.control.decideConsent(consent);
    const { code } = parseCallback(redirect_url, { state });
    const exchange = { code, redirectUri: REDIRECT, codeVerifier };
    await oauth.exchangeCode(exchange);
    await expect(oauth.exchangeCode(exchange)).rejects.toMatchObject({ code: 'invalid_grant' });
  });

  test.each([
    ['the verifier of another login', { codeVerifier: 'x'.repeat(43) }, 'invalid_request'],
    ['another redirect URI', { redirectUri: 'http://127.0.0.1:45999/other/' }, 'invalid_request'],
    ['an invented code', { code: 'nonsense' }, 'invalid_grant'],
  ])('with %s is refused', async (_what, wrong, code) => {
    const state = createState();
    const request = { redirectUri: REDIRECT, scopes: SCOPES, state: state.value };
    const { url, codeVerifier } = await oauth.createAuthorizeUrl(request);
    const consent = { authorize_url: url, username: 'public_creator' };
    const { redirect_url } = await emulator.control.decideConsent(consent);
    const callback = parseCallback(redirect_url, { state });
    const exchange = { code: callback.code, redirectUri: REDIRECT, codeVerifier, ...wrong };
    const error = oauth.exchangeCode(exchange);
    await expect(error).rejects.toMatchObject({ code, status: 200, name: 'TikTokOAuthError' });
  });

  test('with a wrong secret is refused, at whatever status', async () => {
    await emulator.control.patchSettings({ oauth_error_status: 400 });
    const stranger = new TikTokOAuth({
      clientKey: 'audited',
      clientSecret: 'wrong',
      baseUrl: emulator.url,
    });
    const error = stranger.refresh('rft.x');
    await expect(error).rejects.toMatchObject({ code: 'invalid_client', status: 400 });
  });
});

test('a refresh answers new tokens, and the old ones are dead', async () => {
  const old = await signIn();
  const tokens = await oauth.refresh(old.refreshToken);
  expect(tokens.refreshToken).not.toBe(old.refreshToken);
  expect(tokens.openId).toBe(old.openId);
  await expect(oauth.refresh(old.refreshToken)).rejects.toMatchObject({ code: 'invalid_grant' });
});

test('a client whose token expired renews it once, and the call goes through', async () => {
  const tokens = await signIn();
  const saved: UserTokens[] = [];
  const save = async (renewed: UserTokens) => void saved.push(renewed);
  const accessToken = new RefreshingTokenSource({ oauth, tokens, save });
  const client = new TikTokClient({ accessToken, baseUrl: emulator.url });
  await client.queryCreatorInfo();
  expect(saved).toHaveLength(0);
  await emulator.control.moveClock({ advance_seconds: 7_300 });
  expect(await client.queryCreatorInfo()).toMatchObject({ creator_username: 'public_creator' });
  expect(saved).toHaveLength(1);
});

test('the app has a token of its own', async () => {
  const { accessToken, expiresAt } = await oauth.clientCredentials();
  expect(accessToken).toMatch(/^clt\./);
  expect(expiresAt.getTime()).toBeGreaterThan(Date.now());
});

test('a revoked token is dead', async () => {
  const tokens = await signIn();
  expect(await oauth.revoke(tokens.accessToken)).toHaveProperty('answer');
  const { accessToken } = tokens;
  const client = new TikTokClient({ accessToken, baseUrl: emulator.url, maxRetries: 0 });
  await expect(client.queryCreatorInfo()).rejects.toMatchObject({ code: 'access_token_invalid' });
});

describe('a QR login', () => {
  test('is scanned, confirmed and exchanged', async () => {
    const login = await oauth.getQrCode({ scopes: SCOPES, state: 'st' });
    expect((await oauth.checkQrCode(login)).status).toBe('new');
    const scan_qrcode_url = login.url;
    await emulator.control.actOnQrLogin({ act: 'scan', scan_qrcode_url });
    expect((await oauth.checkQrCode(login)).status).toBe('scanned');
    const username = 'public_creator';
    await emulator.control.actOnQrLogin({ act: 'confirm', scan_qrcode_url, username });
    const confirmed = await oauth.waitForQrLogin(login);
    expect(confirmed.state).toBe('st');
    expect(confirmed.code).toBeTypeOf('string');
  });
});

describe('webhooks', () => {
  async function collect(act: (tokens: UserTokens) => Promise<unknown>) {
    const events: WebhookEvent[] = [];
    const failures: unknown[] = [];
    const clock = await emulatorClock();
    await using receiver = await startServer((response, request) => {
      const signatureHeader = String(request.headers['tiktok-signature']);
      const webhook = {
        rawBody: request.body,
        signatureHeader,
        clientSecret: CLIENT_SECRET,
        clock,
      };
      // The virtual clock runs ahead of the real one by as much as it was moved.
      verifyWebhook({ ...webhook, toleranceSec: Number.POSITIVE_INFINITY })
        .then((event) => events.push(event))
        .catch((error: unknown) => failures.push(error))
        .finally(() => response.end());
    });
    await emulator.control.putApp('audited', { webhook_url: `${receiver.url}/hook` });
    await act(await signIn());
    await emulator.control.waitIdle({ advance: true });
    expect(failures).toEqual([]);
    return events;
  }

  test('of a post that fails are signed, read and say why', async () => {
    await using media = await startServer((response) => void response.writeHead(404).end());
    const events = await collect(async ({ accessToken }) => {
      const client = new TikTokClient({ accessToken, baseUrl: emulator.url });
      await client.initVideo({
        post_info: { privacy_level: 'SELF_ONLY' },
        source_info: { source: 'PULL_FROM_URL', video_url: `${media.url}/no-video-here.mp4` },
      });
    });
    expect(events).toMatchObject([
      {
        event: 'post.publish.failed',
        content: { publish_type: 'DIRECT_PUBLISH', reason: 'video_pull_failed' },
      },
    ]);
  });

  test('of a public post carry the id that its status has, and keys of their own', async () => {
    const photo = await readFile(new URL('greenroom-demo-2.webp', MEDIA));
    await using media = await startServer((response) => {
      response.writeHead(200, { 'content-type': 'image/webp' }).end(photo);
    });
    let postIds: readonly string[] = [];
    const events = await collect(async ({ accessToken }) => {
      const client = new TikTokClient({ accessToken, baseUrl: emulator.url });
      const { publish_id } = await client.initPhotos({
        post_mode: 'DIRECT_POST',
        post_info: { privacy_level: 'PUBLIC_TO_EVERYONE' },
        source_info: {
          source: 'PULL_FROM_URL',
          photo_images: [`${media.url}/1.webp`],
          photo_cover_index: 0,
        },
      });
      await emulator.control.waitIdle({ advance: true });
      postIds = (await client.fetchStatus(publish_id)).publicaly_available_post_id;
    });
    const names = events.map(({ event }) => event).toSorted();
    expect(names).toEqual(['post.publish.complete', 'post.publish.publicly_available']);
    const available = events.find(({ event }) => event === 'post.publish.publicly_available');
    expect(postIds).toHaveLength(1);
    expect(available?.content).toMatchObject({ post_id: postIds[0] });
    expect(new Set(events.map(webhookIdempotencyKey)).size).toBe(2);
  });

  const post = { publish_id: 'v_pub_file~v2-1.7', publish_type: 'DIRECT_PUBLISH' };
  test.each<[string, Record<string, string | number>]>([
    ['authorization.removed', { reason: 1 }],
    ['post.publish.failed', { ...post, reason: 'spam_risk' }],
    ['post.publish.complete', post],
    ['post.publish.inbox_delivered', { ...post, publish_type: 'INBOX_SHARE' }],
    ['post.publish.publicly_available', { ...post, post_id: '7678907398077074696' }],
    ['post.publish.no_longer_publicaly_available', { ...post, post_id: '7678907398077074696' }],
    ['video.upload.failed', { share_id: 'v.1' }],
    ['video.publish.completed', { share_id: 'v.1' }],
    ['portability.download.ready', { request_id: '7678907398077074696' }],
    ['post.publish.brand_new', { brand_new: 1 }],
  ])('of %s are signed and read', async (event_name, content) => {
    const events = await collect(async () => {
      const username = 'public_creator';
      const webhook = { client_key: 'audited', event: event_name, username, content };
      await emulator.control.sendWebhook(webhook);
    });
    expect(events).toMatchObject([{ event_name, content, client_key: 'audited' }]);
    expect(events[0]?.event).toBe(event_name.endsWith('brand_new') ? 'unknown' : event_name);
  });

  test('of a revoke says that the developer did it', async () => {
    let openId = '';
    const events = await collect(async (tokens) => {
      openId = tokens.openId;
      await oauth.revoke(tokens.accessToken);
    });
    expect(events).toMatchObject([
      { event: 'authorization.removed', user_openid: openId, content: { reason: 5 } },
    ]);
  });
});
