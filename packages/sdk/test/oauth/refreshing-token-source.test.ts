import { TikTokOAuthError } from '@greenroom/sdk';
import { RefreshingTokenSource, restoreTokens, type UserTokens } from '@greenroom/sdk/oauth';
import { expect, test } from 'vitest';

const NOW = Date.parse('2026-11-20T12:00:00Z');

function makeTokens(number: number, end: number): UserTokens {
  return restoreTokens({
    accessToken: `act.${number}`,
    refreshToken: `rft.${number}`,
    openId: '-000x',
    scopes: [],
    expiresAt: new Date(end).toISOString(),
    refreshExpiresAt: null,
  });
}

function start(options: { end?: number; failures?: number; saveFailures?: number } = {}) {
  const { end = NOW + 7_200_000 } = options;
  let { failures = 0, saveFailures = 0 } = options;
  const world = { now: NOW, refreshed: [] as string[], saved: [] as string[] };
  const oauth = {
    refresh: async (refreshToken: string) => {
      world.refreshed.push(refreshToken);
      await new Promise((resolve) => setImmediate(resolve));
      failures -= 1;
      if (failures >= 0) throw new TikTokOAuthError({ code: 'server_error' });
      return makeTokens(world.refreshed.length + 1, world.now + 7_200_000);
    },
  };
  const save = async ({ accessToken }: UserTokens) => {
    await new Promise((resolve) => setImmediate(resolve));
    saveFailures -= 1;
    if (saveFailures >= 0) throw new Error('the disk is full');
    world.saved.push(accessToken);
  };
  const clock = () => new Date(world.now);
  const source = new RefreshingTokenSource({ oauth, tokens: makeTokens(1, end), save, clock });
  return { source, world };
}

test('a token that is good for long is handed out as it is', async () => {
  const { source, world } = start();
  expect(await source.getAccessToken({})).toBe('act.1');
  expect(world.refreshed).toEqual([]);
});

test('a token is renewed a quarter of an hour before its end, and saved before it is used', async () => {
  const { source, world } = start();
  world.now = NOW + 7_200_000 - 15 * 60_000 - 1;
  expect(await source.getAccessToken({})).toBe('act.1');
  world.now += 1;
  expect(await source.getAccessToken({})).toBe('act.2');
  expect(world.saved).toEqual(['act.2']);
});

test('however many ask, a refresh token is used once', async () => {
  const { source, world } = start();
  const asks = Array.from({ length: 20 }, () => source.getAccessToken({ rejected: 'act.1' }));
  expect(new Set(await Promise.all(asks))).toEqual(new Set(['act.2']));
  expect(world.refreshed).toEqual(['rft.1']);
});

test('who was refused an older token gets the present one', async () => {
  const { source, world } = start();
  await source.getAccessToken({ rejected: 'act.1' });
  expect(await source.getAccessToken({ rejected: 'act.1' })).toBe('act.2');
  expect(world.refreshed).toEqual(['rft.1']);
});

test('an early refresh that fails leaves the token in use, and is not asked for with every call', async () => {
  const { source, world } = start({ end: NOW + 600_000, failures: 1 });
  expect(await source.getAccessToken({})).toBe('act.1');
  expect(await source.getAccessToken({})).toBe('act.1');
  expect(world.refreshed).toEqual(['rft.1']);
  world.now += 60_000;
  expect(await source.getAccessToken({})).toBe('act.3');
  expect(world.refreshed).toEqual(['rft.1', 'rft.1']);
});

test.each([
  ['refused', NOW + 600_000, { rejected: 'act.1' }],
  ['over', NOW - 1, {}],
])('when the token is %s a refresh that fails fails the call', async (_what, end, request) => {
  const { source } = start({ end, failures: 1 });
  await expect(source.getAccessToken(request)).rejects.toMatchObject({ code: 'server_error' });
  expect(await source.getAccessToken(request)).toBe('act.3');
});

test('tokens whose save failed are kept, and saved before they are used', async () => {
  const { source, world } = start({ saveFailures: 1 });
  await expect(source.getAccessToken({ rejected: 'act.1' })).rejects.toThrow('the disk is full');
  expect(world.saved).toEqual([]);
  expect(await source.getAccessToken({})).toBe('act.2');
  expect(world.saved).toEqual(['act.2']);
  expect(world.refreshed).toEqual(['rft.1']);
});

test('who gives up stops waiting; the others get their token', async () => {
  const { source } = start();
  const abort = new AbortController();
  const gone = source.getAccessToken({ rejected: 'act.1' }, abort.signal);
  const waits = source.getAccessToken({ rejected: 'act.1' });
  abort.abort(new Error('enough'));
  await expect(gone).rejects.toThrow('enough');
  expect(await waits).toBe('act.2');
});
