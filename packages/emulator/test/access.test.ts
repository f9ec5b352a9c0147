import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningEmulator, startEmulator } from '../src/index.ts';
import { call, signIn } from './support/client.ts';
import { endpoints } from './support/endpoints.ts';

let tiktok: RunningEmulator;

beforeAll(async () => {
  tiktok = await startEmulator();
  await tiktok.control.moveClock({ frozen: true });
});
afterAll(() => tiktok.close());

// https://developers.tiktok.com/doc/tiktok-api-v2-error-handling
describe.each(Object.entries(endpoints))('%s', (_name, { method, path, body }) => {
  const ask = (token: string | undefined) =>
    call(`${tiktok.url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {}),
    });

  test('refuses a token that expired, was revoked or is missing: 401 access_token_invalid', async () => {
    const expired = await signIn(tiktok);
    await tiktok.control.moveClock({ advance_seconds: 7200 });
    const revoked = await signIn(tiktok);
    await tiktok.control.act('public_creator', {
      act: 'disconnect',
      client_key: 'audited',
      reason: 1,
    });
    for (const token of [expired.token, revoked.token, 'act.made-up', undefined]) {
      const answer = await ask(token);
      expect([answer.status, answer.body.error.code]).toEqual([401, 'access_token_invalid']);
    }
  });

  test('refuses a token without its scope: 401 scope_not_authorized', async () => {
    const wrong = path.startsWith('/v2/post') ? 'video.list' : 'video.publish';
    const { token } = await signIn(tiktok, { scopes: [wrong] });
    const answer = await ask(token);
    expect([answer.status, answer.body.error.code]).toEqual([401, 'scope_not_authorized']);
  });

  test('breaks by fault rule: 500 internal_error without effect', async () => {
    await tiktok.control.addFault({
      match: { path: path.replace(/\?.*/, '') },
      action: { code: 'internal_error' },
      times: 1,
    });
    const { token } = await signIn(tiktok);
    const answer = await ask(token);
    expect([answer.status, answer.body.error.code]).toEqual([500, 'internal_error']);
    expect((await tiktok.control.listPosts()).posts).toEqual([]);
  });
});

test.each([
  ['/v2/post/publish/cancel/', 'rate_limit_exceeded', 429],
  ['/v2/post/publish/video/init/', 'invalid_file_upload', 400],
])('%s answers %s by fault rule', async (path, code, status) => {
  await tiktok.control.addFault({ match: { path }, action: { code }, times: 1 });
  const answer = await (await signIn(tiktok)).post(path, {});
  expect([answer.status, answer.body.error.code]).toEqual([status, code]);
});
