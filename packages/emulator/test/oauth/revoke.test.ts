import { expect, test } from 'vitest';
import { audited, postForm, postJson, useEmulator } from '../support/tiktok.ts';

const start = useEmulator();
const subject = { client_key: 'audited', username: 'public_creator' };

test('kills every token of the app and the creator, and answers an empty object', async () => {
  const emulator = await start();
  const [one, two] = [
    await emulator.control.createToken(subject),
    await emulator.control.createToken(subject),
  ];
  const other = await emulator.control.createToken({ ...subject, username: 'private_creator' });
  const revoked = await postForm(`${emulator.url}/v2/oauth/revoke/`, {
    ...audited,
    token: one.access_token,
  });
  expect({ status: revoked.status, json: revoked.json }).toEqual({ status: 200, json: {} });
  const status = async (token: string): Promise<number> =>
    (await postJson(`${emulator.url}/v2/post/publish/creator_info/query/`, token, {})).status;
  expect(await status(one.access_token)).toBe(401);
  expect(await status(two.access_token)).toBe(401);
  expect(await status(other.access_token)).toBe(200);
  const refreshed = await postForm(`${emulator.url}/v2/oauth/token/`, {
    ...audited,
    grant_type: 'refresh_token',
    refresh_token: two.refresh_token,
  });
  expect(refreshed.json).toMatchObject({ error: 'invalid_grant' });
});

test('sends authorization.removed with reason 5', async () => {
  const emulator = await start();
  await emulator.control.putApp('audited', { webhook_url: 'http://127.0.0.1:9/hook' });
  const { access_token } = await emulator.control.createToken(subject);
  await postForm(`${emulator.url}/v2/oauth/revoke/`, { ...audited, token: access_token });
  await expect
    .poll(async () => (await emulator.control.listWebhooks()).webhooks.map(({ event }) => event))
    .toEqual(['authorization.removed']);
  const { webhooks } = await emulator.control.listWebhooks();
  expect(JSON.parse(String(webhooks[0]?.['body']))).toMatchObject({ content: '{"reason":5}' });
});

test('refuses a token that is not the app’s', async () => {
  const emulator = await start();
  const { access_token } = await emulator.control.createToken({
    ...subject,
    client_key: 'unaudited',
  });
  const { json } = await postForm(`${emulator.url}/v2/oauth/revoke/`, {
    ...audited,
    token: access_token,
  });
  expect(json).toMatchObject({ error: 'invalid_grant' });
});
