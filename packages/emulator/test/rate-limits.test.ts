import type { RunningEmulator } from '@greenroom/emulator';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SlidingWindow, WINDOW_MS } from '../src/gateway/sliding-window.ts';
import { brokenRules, postJson, send, useEmulator } from './support/tiktok.ts';

const start = useEmulator();
const subject = { client_key: 'audited', username: 'public_creator' };

async function startFrozen(settings = {}): Promise<{ emulator: RunningEmulator; token: string }> {
  const emulator = await start({ settings });
  await emulator.control.moveClock({ frozen: true });
  const { access_token } = await emulator.control.createToken(subject);
  return { emulator, token: access_token };
}

const post = '/v2/post/publish';
const file = {
  post_info: { privacy_level: 'SELF_ONLY' },
  source_info: { source: 'FILE_UPLOAD', video_size: 10, chunk_size: 10, total_chunk_count: 1 },
};

describe('a sliding minute', () => {
  test.each([
    { path: `${post}/creator_info/query/`, limit: 20, body: {} },
    { path: `${post}/video/init/`, limit: 6, body: file },
    { path: `${post}/inbox/video/init/`, limit: 6, body: { source_info: file.source_info } },
    { path: `${post}/content/init/`, limit: 6, body: {} },
    { path: `${post}/status/fetch/`, limit: 30, body: { publish_id: 'none' } },
    { path: '/v2/video/list/?fields=id', limit: 600, body: {} },
    { path: '/v2/video/query/?fields=id', limit: 600, body: { filters: { video_ids: ['1'] } } },
  ])('$path takes $limit, and one more after a minute', async ({ body, limit, path }) => {
    const { emulator, token } = await startFrozen({ caps: false });
    const ask = async (): Promise<number> =>
      (await postJson(`${emulator.url}${path}`, token, body)).status;
    for (let index = 0; index < limit; index += 1) expect(await ask()).not.toBe(429);
    expect(await ask()).toBe(429);
    await emulator.control.moveClock({ advance_seconds: 59.999 });
    expect(await ask()).toBe(429);
    await emulator.control.moveClock({ advance_seconds: 0.001 });
    expect(await ask()).not.toBe(429);
    expect(await brokenRules(emulator)).toContain('access.rate_limit');
  });

  test('user/info takes 600, counted by app', async () => {
    const { emulator, token } = await startFrozen();
    const other = await emulator.control.createToken({ ...subject, username: 'private_creator' });
    const ask = async (bearer: string): Promise<number> =>
      (
        await send(`${emulator.url}/v2/user/info/?fields=open_id`, {
          headers: { authorization: `Bearer ${bearer}` },
        })
      ).status;
    for (let index = 0; index < 600; index += 1) expect(await ask(token)).toBe(200);
    expect(await ask(other.access_token)).toBe(429);
  });

  test('posting limits are counted by access token', async () => {
    const { emulator, token } = await startFrozen();
    const other = await emulator.control.createToken(subject);
    const ask = async (bearer: string): Promise<number> =>
      (await postJson(`${emulator.url}${post}/creator_info/query/`, bearer, {})).status;
    for (let index = 0; index < 20; index += 1) await ask(token);
    expect(await ask(token)).toBe(429);
    expect(await ask(other.access_token)).toBe(200);
  });

  test.each([
    { retry_after: true, header: '60' },
    { retry_after: false, header: null },
  ])('Retry-After is $header when retry_after is $retry_after', async ({ header, retry_after }) => {
    const { emulator, token } = await startFrozen({ retry_after });
    const ask = () => postJson(`${emulator.url}${post}/creator_info/query/`, token, {});
    for (let index = 0; index < 20; index += 1) await ask();
    const refused = await ask();
    expect(refused.headers.get('retry-after')).toBe(header);
    expect(refused.json).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
  });

  test('nothing is limited when rate_limits is off', async () => {
    const { emulator, token } = await startFrozen({ rate_limits: false });
    for (let index = 0; index < 25; index += 1) {
      const { status } = await postJson(`${emulator.url}${post}/creator_info/query/`, token, {});
      expect(status).toBe(200);
    }
  });
});

/** What a sliding window promises, said the long way round. */
function takesNaively(taken: readonly number[], now: number, limit: number): boolean {
  return taken.filter((time) => time > now - WINDOW_MS && time <= now).length < limit;
}

test('takes exactly what a count over all earlier requests would take', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.integer({ min: 0, max: 9000 }), { maxLength: 300 }),
      (limit, gaps) => {
        const window = new SlidingWindow();
        const taken: number[] = [];
        let now = 1_000_000;
        for (const gap of gaps) {
          now += gap;
          const wait = window.take(now, limit);
          expect(wait === 0).toBe(takesNaively(taken, now, limit));
          if (wait === 0) taken.push(now);
          else expect(takesNaively(taken, now + wait, limit)).toBe(true);
          if (wait > 1) expect(takesNaively(taken, now + wait - 1, limit)).toBe(false);
        }
        expect(window.times(now)).toEqual(taken.filter((time) => time > now - WINDOW_MS));
      },
    ),
  );
});
