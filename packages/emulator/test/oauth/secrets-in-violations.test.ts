import { expect, test } from 'vitest';
import {
  audited,
  authorizeUrl,
  brokenRules,
  postForm,
  send,
  useEmulator,
} from '../support/tiktok.ts';

const start = useEmulator();
/** What a developer may paste into the wrong field. */
const SECRET = 'k3ycanary9f2b';

test('a value in the wrong field stands in no violation', async () => {
  const emulator = await start();
  for (const field of ['client_key', 'scope', 'response_type', 'state', 'redirect_uri']) {
    await send(authorizeUrl(emulator.url, { [field]: SECRET }));
    await send(authorizeUrl(emulator.url, { [field]: `user.info.basic,${SECRET}\u0000\n` }));
  }
  const form = { ...audited, grant_type: 'authorization_code', code: SECRET, redirect_uri: SECRET };
  for (const field of ['client_key', 'client_secret', 'grant_type', 'code', 'refresh_token']) {
    await postForm(`${emulator.url}/v2/oauth/token/`, { ...form, [field]: SECRET });
  }
  for (const field of ['client_key', 'scope', 'state']) {
    const qr = { client_key: 'audited', scope: 'user.info.basic', state: 's', [field]: SECRET };
    await postForm(`${emulator.url}/v2/oauth/get_qrcode/`, qr);
  }
  expect(new Set(await brokenRules(emulator))).toEqual(
    new Set([
      'oauth.client_key',
      'oauth.scope',
      'oauth.response_type',
      'oauth.redirect_uri',
      'oauth.client_authentication',
      'oauth.grant_type',
      'oauth.code',
    ]),
  );
  expect(JSON.stringify(await emulator.control.listViolations())).not.toContain(SECRET);
});
