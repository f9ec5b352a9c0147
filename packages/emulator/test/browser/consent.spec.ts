/// <reference lib="dom" />
import { createHash, randomBytes } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expect, test } from '@playwright/test';
import { createPublisher } from '../support/publisher.ts';
import { expectAccessible, looks } from './accessibility.ts';
import { startCallbackServer } from './callback-server.ts';
import { type EmulatorProcess, startEmulatorProcess } from './emulator-process.ts';

let emulator: EmulatorProcess;
test.beforeAll(async () => {
  emulator = await startEmulatorProcess();
});
test.afterAll(() => emulator[Symbol.asyncDispose]());

const SCOPES = ['user.info.basic', 'video.publish', 'video.list'];

/** A desktop flow's authorize request, with hex PKCE. */
function authorize(redirectUri: string, change: Record<string, string> = {}) {
  const verifier = randomBytes(32).toString('hex');
  const url = new URL('/v2/auth/authorize/', emulator.url);
  url.search = new URLSearchParams({
    client_key: 'audited',
    scope: SCOPES.join(','),
    response_type: 'code',
    redirect_uri: redirectUri,
    state: 'state & more',
    code_challenge: createHash('sha256').update(verifier).digest('hex'),
    code_challenge_method: 'S256',
    ...change,
  }).toString();
  return { url: url.href, verifier };
}

async function callbackOf(page: Page, redirectUri: string): Promise<URLSearchParams> {
  await page.waitForURL((url) => url.href.startsWith(redirectUri));
  return new URL(page.url()).searchParams;
}

async function exchange(code: string, redirectUri: string, verifier: string) {
  const response = await fetch(`${emulator.url}/v2/oauth/token/`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      client_key: 'audited',
      client_secret: 'emulator-secret',
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }),
  });
  // The flat answer of reference 1.6.1.
  return (await response.json()) as Record<string, string>;
}

// The page must do without scripts: many a test harness has none.
test.describe('by keyboard and without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a person chooses the account and a part of the scopes', async ({ page }) => {
    await using app = await startCallbackServer();
    const { url, verifier } = authorize(app.redirectUri);
    await page.goto(url);
    await expect(page.getByRole('banner')).toContainText('not TikTok');

    await page.keyboard.press('Tab');
    await expect(page.getByRole('radio', { name: 'Public Creator' })).toBeFocused();
    await page.keyboard.press('ArrowDown');
    await expect(page.getByRole('radio', { name: 'Private Creator' })).toBeChecked();
    await page.keyboard.press('Tab');
    await expect(page.getByRole('checkbox', { name: 'Basic profile' })).toBeFocused();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await expect(page.getByRole('checkbox', { name: 'Post to your profile' })).not.toBeChecked();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await expect(page.getByRole('button', { name: 'Continue' })).toBeFocused();
    await page.keyboard.press('Enter');

    const callback = await callbackOf(page, app.redirectUri);
    expect(callback.get('state')).toBe('state & more');
    expect(callback.get('scopes')).toBe('user.info.basic,video.list');
    const token = await exchange(callback.get('code') ?? '', app.redirectUri, verifier);
    expect(token['scope']).toBe('user.info.basic,video.list');

    const info = await fetch(`${emulator.url}/v2/user/info/?fields=display_name`, {
      headers: { authorization: `Bearer ${token['access_token']}` },
    });
    expect(await info.json()).toMatchObject({
      data: { user: { display_name: 'Private Creator' } },
    });
  });

  test('a person refuses, and the app is told', async ({ page }) => {
    await using app = await startCallbackServer();
    await page.goto(authorize(app.redirectUri, { disable_auto_auth: '1' }).url);
    await page.getByRole('button', { name: 'Cancel' }).focus();
    await page.keyboard.press('Enter');
    const callback = await callbackOf(page, app.redirectUri);
    expect(callback.get('error')).toBe('access_denied');
    expect(callback.get('state')).toBe('state & more');
    expect(callback.has('code')).toBe(false);
  });

  test('a refusal that is not for the app is shown with its code and its rule', async ({
    page,
  }) => {
    await page.goto(authorize('http://127.0.0.1:9/callback/', { client_key: 'nobody' }).url);
    await expect(page.getByText('error=unauthorized_client&error_type=client_key')).toBeVisible();
    await expect(page.getByRole('link')).toHaveAttribute(
      'href',
      'https://developers.tiktok.com/doc/login-kit-web',
    );
  });
});

async function postForm(path: string, fields: Record<string, string>) {
  const response = await fetch(`${emulator.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields),
  });
  // The flat answers of reference 1.9.
  return (await response.json()) as Record<string, string>;
}

/** Where the phone is after it scanned the code of a new QR login, and the token to ask after it. */
async function scanQrCode() {
  const { scan_qrcode_url: scanned = '', token = '' } = await postForm('/v2/oauth/get_qrcode/', {
    client_key: 'audited',
    scope: 'user.info.basic,video.list',
    state: 'qr',
  });
  const url = scanned.replace('tobefilled', 'ticket-of-the-app');
  return { token, page: `${emulator.url}/v2/auth/qr/?url=${encodeURIComponent(url)}` };
}

async function checkQrCode(token: string) {
  return postForm('/v2/oauth/check_qrcode/', {
    client_key: 'audited',
    client_secret: 'emulator-secret',
    token,
  });
}

test('a QR login is confirmed on the phone', async ({ page }) => {
  const login = await scanQrCode();
  await page.goto(login.page);
  expect(await checkQrCode(login.token)).toMatchObject({ status: 'scanned' });
  await expect(page.getByText('ticket-of-the-app')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('radio', { name: 'Limited Creator' }).check();
  await page.getByRole('button', { name: 'Continue' }).press('Enter');
  await expect(page.getByRole('heading', { name: 'confirmed' })).toBeVisible();
  await expectAccessible(page);
  expect(await checkQrCode(login.token)).toMatchObject({
    status: 'confirmed',
    client_ticket: 'ticket-of-the-app',
    state: 'qr',
    redirect_uri: expect.stringContaining('code='),
  });
});

test('hostile names stay text', async ({ page }) => {
  const { control } = await createPublisher(emulator.url);
  const nickname = '</style><script>document.title = "stolen"</script><img src=x onerror=alert(1)>';
  await control('PUT', 'creators/hostile_creator', { nickname });
  await page.goto(authorize('http://127.0.0.1:9/callback/').url);
  await expect(page.getByRole('radio', { name: nickname })).toBeVisible();
  expect(await page.locator('script, img').count()).toBe(0);
  await expect(page).toHaveTitle(/Authorize audited/);
});

for (const { name, viewport, colorScheme } of looks) {
  test.describe(`on a ${name}`, () => {
    test.use({ viewport, colorScheme });

    test('axe finds nothing on the consent page and on a refusal', async ({ page }) => {
      await page.goto(authorize('http://127.0.0.1:9/callback/').url);
      await expectAccessible(page);
      expect(await page.evaluate(() => document.body.scrollWidth <= innerWidth)).toBe(true);
      await page.goto(authorize('http://127.0.0.1:9/callback/', { client_key: 'nobody' }).url);
      await expectAccessible(page);
    });
  });
}
