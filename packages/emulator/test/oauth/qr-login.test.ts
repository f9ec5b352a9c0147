import type { RunningEmulator } from '@greenroom/emulator';
import { describe, expect, test } from 'vitest';
import { audited, brokenRules, exchange, postForm, send, useEmulator } from '../support/tiktok.ts';

const start = useEmulator();

async function getQrCode(
  emulator: RunningEmulator,
): Promise<{ token: string; scanUrl: string; check: () => Promise<Record<string, unknown>> }> {
  const { json } = await postForm(`${emulator.url}/v2/oauth/get_qrcode/`, {
    client_key: 'audited',
    scope: 'user.info.basic,video.publish',
    state: 'qr-state',
  });
  const token = String(json['token']);
  const check = async (): Promise<Record<string, unknown>> =>
    (await postForm(`${emulator.url}/v2/oauth/check_qrcode/`, { ...audited, token })).json;
  return { token, scanUrl: String(json['scan_qrcode_url']), check };
}

function withTicket(scanUrl: string): string {
  return scanUrl.replace('tobefilled', 'ticket-1');
}

test('goes from new over scanned and confirmed to utilised', async () => {
  const emulator = await start();
  const { check, scanUrl } = await getQrCode(emulator);
  expect(scanUrl).toMatch(/^aweme:\/\/authorize\?.*client_ticket=tobefilled/);
  expect(await check()).toEqual({ client_ticket: '', status: 'new' });
  const scan_qrcode_url = withTicket(scanUrl);
  await emulator.control.actOnQrLogin({ act: 'scan', scan_qrcode_url });
  expect(await check()).toEqual({ client_ticket: 'ticket-1', status: 'scanned' });
  await emulator.control.actOnQrLogin({
    act: 'confirm',
    scan_qrcode_url,
    username: 'public_creator',
  });
  const confirmed = await check();
  expect(confirmed).toEqual({
    client_ticket: 'ticket-1',
    status: 'confirmed',
    redirect_uri: expect.stringContaining('?code='),
    state: 'qr-state',
  });
  const code = new URL(String(confirmed['redirect_uri'])).searchParams.get('code') ?? '';
  expect((await exchange(emulator, code)).json).toMatchObject({
    scope: 'user.info.basic,video.publish',
  });
  expect(await check()).toEqual({ client_ticket: 'ticket-1', status: 'utilised' });
});

test('can be scanned and confirmed on a page', async () => {
  const emulator = await start();
  const { check, scanUrl } = await getQrCode(emulator);
  const url = withTicket(scanUrl);
  const page = await send(`${emulator.url}/v2/auth/qr/?${new URLSearchParams({ url })}`);
  expect(page.status).toBe(200);
  expect(await check()).toMatchObject({ status: 'scanned' });
  await send(`${emulator.url}/v2/auth/qr/`, {
    method: 'POST',
    body: new URLSearchParams({
      url,
      username: 'private_creator',
      scope: 'user.info.basic',
      decision: 'allow',
    }),
  });
  expect(await check()).toMatchObject({ status: 'confirmed' });
});

test('expires with an empty ticket', async () => {
  const emulator = await start();
  const { check, scanUrl } = await getQrCode(emulator);
  const scan_qrcode_url = withTicket(scanUrl);
  await emulator.control.actOnQrLogin({ act: 'scan', scan_qrcode_url });
  await emulator.control.moveClock({ advance_seconds: 300 });
  expect(await check()).toEqual({ client_ticket: '', status: 'expired' });
  await expect(emulator.control.actOnQrLogin({ act: 'scan', scan_qrcode_url })).rejects.toThrow(
    'expired',
  );
});

describe('refusals', () => {
  test('a ticket that was never filled in cannot be scanned', async () => {
    const emulator = await start();
    const { scanUrl } = await getQrCode(emulator);
    await expect(
      emulator.control.actOnQrLogin({ act: 'scan', scan_qrcode_url: scanUrl }),
    ).rejects.toThrow('tobefilled');
  });

  test('denying on the phone expires the code', async () => {
    const emulator = await start();
    const { check, scanUrl } = await getQrCode(emulator);
    await emulator.control.actOnQrLogin({ act: 'deny', scan_qrcode_url: withTicket(scanUrl) });
    expect(await check()).toEqual({ client_ticket: '', status: 'expired' });
  });

  test.each([
    ['get_qrcode', { client_key: 'nobody', scope: 'user.info.basic' }, 'invalid_client'],
    ['get_qrcode', { client_key: 'audited', scope: 'a b' }, 'invalid_scope'],
    ['get_qrcode', { client_key: 'audited' }, 'invalid_request'],
    ['check_qrcode', { ...audited, token: 'nothing' }, 'invalid_request'],
    ['check_qrcode', { client_key: 'audited', token: 'nothing' }, 'invalid_request'],
  ])('%s with %o is answered %s', async (endpoint, fields: Record<string, string>, error) => {
    const emulator = await start();
    const { json, status } = await postForm(`${emulator.url}/v2/oauth/${endpoint}/`, fields);
    expect({ status, error: json['error'] }).toEqual({ status: 200, error });
  });
});

describe('a confirmation that cannot be', () => {
  test('of scopes that were not asked is a refusal', async () => {
    const emulator = await start();
    const { check, scanUrl } = await getQrCode(emulator);
    const answer = await emulator.control.actOnQrLogin({
      act: 'confirm',
      scan_qrcode_url: withTicket(scanUrl),
      username: 'public_creator',
      scopes: ['video.list'],
    });
    expect(answer).toEqual({ status: 'expired' });
    expect(await check()).toEqual({ client_ticket: '', status: 'expired' });
  });

  test.each([undefined, 'nobody'])('by %s changes nothing', async (username) => {
    const emulator = await start();
    const { check, scanUrl } = await getQrCode(emulator);
    await expect(
      emulator.control.actOnQrLogin({
        act: 'confirm',
        scan_qrcode_url: withTicket(scanUrl),
        ...(username === undefined ? {} : { username }),
      }),
    ).rejects.toMatchObject({ status: 404 });
    expect(await check()).toEqual({ client_ticket: '', status: 'new' });
  });

  test.each(['control API', 'page'])(
    'by no target user of a sandbox is a refusal: %s',
    async (where) => {
      const emulator = await start();
      await emulator.control.putApp('audited', {
        sandbox: true,
        target_users: ['private_creator'],
      });
      const { check, scanUrl } = await getQrCode(emulator);
      const url = withTicket(scanUrl);
      const username = 'public_creator';
      if (where === 'page') {
        await send(`${emulator.url}/v2/auth/qr/?${new URLSearchParams({ url })}`);
        await send(`${emulator.url}/v2/auth/qr/`, {
          method: 'POST',
          body: new URLSearchParams({
            url,
            username,
            scope: 'user.info.basic',
            decision: 'allow',
          }),
        });
      } else {
        await emulator.control.actOnQrLogin({ act: 'confirm', scan_qrcode_url: url, username });
      }
      expect(await check()).toEqual({ client_ticket: '', status: 'expired' });
      expect(await brokenRules(emulator)).toEqual(['oauth.sandbox_target']);
    },
  );

  test('by a target user of a sandbox is taken', async () => {
    const emulator = await start();
    await emulator.control.putApp('audited', { sandbox: true, target_users: ['private_creator'] });
    const { scanUrl } = await getQrCode(emulator);
    const answer = await emulator.control.actOnQrLogin({
      act: 'confirm',
      scan_qrcode_url: withTicket(scanUrl),
      username: 'private_creator',
    });
    expect(answer).toEqual({ status: 'confirmed' });
  });
});
