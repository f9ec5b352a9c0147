import {
  type RateSlotRequest,
  TikTokClient,
  type TikTokClientOptions,
  TikTokError,
  type TokenRequest,
} from '@greenroom/sdk';
import { expect, test } from 'vitest';
import { type Answer, sendError, sendOk, startServer } from './support/server.ts';
import { VirtualTime } from './support/virtual-time.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const STATUS = { status: 'PROCESSING_UPLOAD' };

/** Answers by the given functions in turn, the last one for ever. */
function inTurn(...answers: Answer[]): Answer {
  return (response, request, index) =>
    answers[Math.min(index, answers.length - 1)]?.(response, request, index);
}

const ok: Answer = (response) => sendOk(response, STATUS);
const tokenRefused: Answer = (response) => sendError(response, 401, 'access_token_invalid');

function startClient(baseUrl: string, options: Partial<TikTokClientOptions> = {}) {
  const time = new VirtualTime(NOW);
  const { clock, sleep } = time;
  const slots: RateSlotRequest[] = [];
  const limiter = {
    acquire: async (slot: RateSlotRequest) => void slots.push(slot),
    state: () => [],
  };
  const random = () => 0.5;
  const client = new TikTokClient({
    accessToken: 'act.first',
    baseUrl,
    clock,
    sleep,
    random,
    limiter,
    ...options,
  });
  return { client, time, slots };
}

/** Hands out another token each time, and counts them. */
function countTokens() {
  const source = {
    given: 0,
    getAccessToken: async () => {
      source.given += 1;
      return `act.${source.given}`;
    },
  };
  return source;
}

function init(client: TikTokClient) {
  return client.initVideo({
    post_info: { privacy_level: 'SELF_ONLY' },
    source_info: { source: 'PULL_FROM_URL', video_url: 'https://media.example.com/a.mp4' },
  });
}

test('a read is repeated until it works, with growing jittered pauses', async () => {
  const fail: Answer = (response) => sendError(response, 500, 'internal_error');
  await using server = await startServer(inTurn(fail, fail, fail, ok));
  const { client, time, slots } = startClient(server.url);
  const status = await time.runUntil(client.fetchStatus('p'));
  expect(status.status).toBe('PROCESSING_UPLOAD');
  expect(time.slept).toEqual([250, 500, 1000]);
  expect(slots.map(({ endpoint }) => endpoint)).toEqual(Array(4).fill('status/fetch'));
});

test('jitter is full, and pauses are capped', async () => {
  await using server = await startServer((response) =>
    sendError(response, 429, 'rate_limit_exceeded'),
  );
  const { client, time } = startClient(server.url, { random: () => 0.999 });
  await expect(time.runUntil(client.fetchStatus('p'))).rejects.toThrow('rate_limit_exceeded');
  expect(time.slept.map((ms) => Math.round(ms))).toEqual([4995, 9990, 19_980]);
  const zero = startClient(server.url, { random: () => 0 });
  await expect(zero.time.runUntil(zero.client.fetchStatus('p'))).rejects.toThrow();
  expect(zero.time.slept).toEqual([0, 0, 0]);
});

test.each([
  ['in seconds', '7', [7_000]],
  ['as a date', 'Fri, 20 Nov 2026 12:00:09 GMT', [9_000]],
  ['as a date of the past', 'Fri, 20 Nov 2026 11:00:00 GMT', [0]],
  ['that cannot be read', 'soon', [2_500]],
  ['of a negative number', '-5', [2_500]],
])('Retry-After %s is honoured', async (_form, retryAfter, slept) => {
  const limited: Answer = (response) => {
    response.setHeader('retry-after', retryAfter);
    sendError(response, 429, 'rate_limit_exceeded');
  };
  await using server = await startServer(inTurn(limited, ok));
  const { client, time } = startClient(server.url);
  await time.runUntil(client.fetchStatus('p'));
  expect(time.slept).toEqual(slept);
});

test('a Retry-After longer than anyone would wait ends the call at once', async () => {
  await using server = await startServer((response) => {
    response.setHeader('retry-after', '3600');
    sendError(response, 429, 'rate_limit_exceeded');
  });
  const { client, time } = startClient(server.url);
  const error = client.fetchStatus('p');
  await expect(time.runUntil(error)).rejects.toMatchObject({ retryAfterMs: 3_600_000 });
  expect(server.requests).toHaveLength(1);
});

test.each([
  [0, 1],
  [1, 2],
  [9, 4],
])('with maxRetries %i a read is sent %i times at most', async (maxRetries, sent) => {
  await using server = await startServer((response) => void response.destroy());
  const { client, time } = startClient(server.url, { maxRetries });
  await expect(time.runUntil(client.queryCreatorInfo())).rejects.toThrow();
  expect(server.requests).toHaveLength(sent);
});

test('a pause ends at once when the caller gives up', async () => {
  await using server = await startServer((response) => sendError(response, 500, 'internal_error'));
  const abort = new AbortController();
  const sleep = (_ms: number, signal?: AbortSignal) =>
    new Promise<void>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      abort.abort(new Error('enough'));
    });
  const { client } = startClient(server.url, { sleep });
  await expect(client.fetchStatus('p', { signal: abort.signal })).rejects.toThrow('enough');
  expect(server.requests).toHaveLength(1);
});

test.each([
  ['a read', (client: TikTokClient) => client.fetchStatus('p'), STATUS],
  ['an init', init, { publish_id: 'p' }],
])('after a refused token %s is replayed once with another one', async (_what, call, data) => {
  await using server = await startServer(
    inTurn(tokenRefused, (response) => sendOk(response, data)),
  );
  const asked: TokenRequest[] = [];
  const getAccessToken = async (request: TokenRequest) => {
    asked.push(request);
    return request.rejected === undefined ? 'act.first' : 'act.second';
  };
  const { client, slots } = startClient(server.url, { accessToken: { getAccessToken } });
  await call(client);
  expect(asked).toEqual([{}, { rejected: 'act.first' }]);
  const sent = server.requests.map(({ headers }) => headers.authorization);
  expect(sent).toEqual(['Bearer act.first', 'Bearer act.second']);
  expect(slots).toHaveLength(2);
  expect(new Set(slots.map(({ key }) => key)).size).toBe(2);
});

test('a token that is refused twice is not asked for a third time', async () => {
  await using server = await startServer(tokenRefused);
  const accessToken = countTokens();
  const { client } = startClient(server.url, { accessToken });
  await expect(client.fetchStatus('p')).rejects.toMatchObject({ code: 'access_token_invalid' });
  expect(server.requests).toHaveLength(2);
  expect(accessToken.given).toBe(2);
});

test('a replay after a server error is still the only one', async () => {
  const fail: Answer = (response) => sendError(response, 500, 'internal_error');
  await using server = await startServer(inTurn(tokenRefused, fail, tokenRefused, ok));
  const accessToken = countTokens();
  const { client, time } = startClient(server.url, { accessToken });
  const call = time.runUntil(client.fetchStatus('p'));
  await expect(call).rejects.toMatchObject({ code: 'access_token_invalid' });
  expect(accessToken.given).toBe(2);
});

test('a token that cannot be renewed is not sent again', async () => {
  await using server = await startServer(tokenRefused);
  const { client } = startClient(server.url);
  await expect(client.fetchStatus('p')).rejects.toMatchObject({ code: 'access_token_invalid' });
  expect(server.requests).toHaveLength(1);
});

test('a missing scope is no reason to renew the token', async () => {
  await using server = await startServer((response) =>
    sendError(response, 401, 'scope_not_authorized'),
  );
  const asked: TokenRequest[] = [];
  const getAccessToken = async (request: TokenRequest) => {
    asked.push(request);
    return `act.${asked.length}`;
  };
  const { client } = startClient(server.url, { accessToken: { getAccessToken } });
  await expect(client.fetchStatus('p')).rejects.toMatchObject({ code: 'scope_not_authorized' });
  expect(asked).toEqual([{}]);
});

test('what a token source throws ends the call as it is', async () => {
  await using server = await startServer(ok);
  const getAccessToken = () => Promise.reject(new Error('the vault is closed'));
  const { client } = startClient(server.url, { accessToken: { getAccessToken } });
  await expect(client.fetchStatus('p')).rejects.toThrow('the vault is closed');
  expect(server.requests).toHaveLength(0);
});

test("the limiter knows the account by the caller's name, or by a hash of the token", async () => {
  await using server = await startServer(ok);
  const named = startClient(server.url, { limiterKey: '-000me' });
  await named.client.fetchStatus('p');
  expect(named.slots).toMatchObject([{ key: '-000me', endpoint: 'status/fetch' }]);
  const hashed = startClient(server.url);
  await hashed.client.fetchStatus('p');
  await hashed.client.fetchStatus('p');
  expect(hashed.slots[0]?.key).toMatch(/^[0-9a-f]{16}$/);
  expect(hashed.slots[1]?.key).toBe(hashed.slots[0]?.key);
});

test('the limiter hears how each request of its slots ended, and of none that was not sent', async () => {
  const fails: Answer = (response) => sendError(response, 500, 'internal_error');
  await using server = await startServer(inTurn(fails, tokenRefused, ok));
  const taken: RateSlotRequest[] = [];
  const heard: (readonly [RateSlotRequest, string | undefined])[] = [];
  let isRefusing = false;
  const limiter = {
    acquire: async (slot: RateSlotRequest) => {
      if (isRefusing) throw new Error('not now');
      taken.push(slot);
    },
    ended: (slot: RateSlotRequest, error?: unknown) => {
      heard.push([slot, error instanceof TikTokError ? error.code : undefined]);
    },
    state: () => [],
  };
  const { client, time } = startClient(server.url, { accessToken: countTokens(), limiter });
  await time.runUntil(client.fetchStatus('p'));
  expect(heard.map(([, code]) => code)).toEqual([
    'internal_error',
    'access_token_invalid',
    undefined,
  ]);
  expect(heard.every(([slot], index) => slot === taken[index])).toBe(true);
  isRefusing = true;
  await expect(client.fetchStatus('p')).rejects.toThrow('not now');
  expect(heard).toHaveLength(3);
});

test('by default the seventh init of a minute waits', async () => {
  await using server = await startServer((response) => sendOk(response, { publish_id: 'p' }));
  const time = new VirtualTime(NOW);
  const { clock, sleep } = time;
  const client = new TikTokClient({ accessToken: 'act.x', baseUrl: server.url, clock, sleep });
  for (let i = 0; i < 6; i += 1) await init(client);
  expect(time.now).toBe(NOW);
  await time.runUntil(init(client));
  expect(time.now).toBe(NOW + 61_000);
});
