import { expect, test } from 'vitest';
import { Rig, TOKEN_PATH } from './rig.ts';

type Fault = Parameters<Rig['tiktok']['control']['addFault']>[0];

/** What TikTok answers to a refresh, and what must come of it. */
interface Row {
  readonly answer: string;
  readonly action: Fault['action'];
  /** How often; default: always. */
  readonly times?: number;
  readonly requests: number;
  /** What the account's row says then. */
  readonly outcome:
    | 'refreshed'
    | { readonly delayed: string; readonly isUnclear: boolean }
    | { readonly lost: string };
}

const HTML = '<!doctype html><title>502</title>';
const EMPTY_OBJECT = '{}';
const NO_REFRESH_TOKEN = JSON.stringify({ access_token: 'act.x', expires_in: 7200, open_id: 'o' });
const OF_ANOTHER = JSON.stringify({
  access_token: 'act.of-another',
  refresh_token: 'rft.of-another',
  expires_in: 7200,
  refresh_expires_in: 15_552_000,
  open_id: '-000another',
  scope: 'user.info.basic',
});
const unclear = (code: string) => ({ delayed: code, isUnclear: true });
const clear = (code: string) => ({ delayed: code, isUnclear: false });

const ROWS: readonly Row[] = [
  {
    answer: 'a page of HTML, once',
    action: { body: HTML },
    times: 1,
    requests: 2,
    outcome: 'refreshed',
  },
  {
    answer: 'HTML always',
    action: { body: HTML },
    requests: 2,
    outcome: unclear('answer_not_json'),
  },
  { answer: 'nothing, once', action: { body: '' }, times: 1, requests: 2, outcome: 'refreshed' },
  {
    answer: 'nothing always',
    action: { body: '' },
    requests: 2,
    outcome: unclear('answer_unexpected'),
  },
  {
    answer: 'an empty object',
    action: { body: EMPTY_OBJECT },
    requests: 2,
    outcome: unclear('answer_unexpected'),
  },
  {
    answer: 'no refresh_token, once',
    action: { body: NO_REFRESH_TOKEN },
    times: 1,
    requests: 2,
    outcome: 'refreshed',
  },
  {
    answer: 'half of it, once',
    action: { truncate_bytes: 40 },
    times: 1,
    requests: 2,
    outcome: { lost: 'refresh_lost' },
  },
  { answer: 'late, once', action: { delay_ms: 1500 }, times: 1, requests: 2, outcome: 'refreshed' },
  { answer: 'late always', action: { delay_ms: 1500 }, requests: 2, outcome: unclear('timeout') },
  {
    answer: '429',
    action: { status: 429, body: 'slow down' },
    requests: 1,
    outcome: clear('rate_limit_exceeded'),
  },
  {
    answer: '429, once',
    action: { status: 429, body: 'slow down' },
    times: 1,
    requests: 1,
    outcome: clear('rate_limit_exceeded'),
  },
  {
    answer: '500 with HTML',
    action: { status: 500, body: HTML },
    requests: 2,
    outcome: unclear('internal_error'),
  },
  {
    answer: '503 with HTML, once',
    action: { status: 503, body: HTML },
    times: 1,
    requests: 2,
    outcome: 'refreshed',
  },
  // TikTok's own word that nothing was done: the SDK asks three more times itself.
  {
    answer: 'server_error',
    action: { code: 'server_error' },
    requests: 4,
    outcome: clear('server_error'),
  },
  {
    answer: 'temporarily_unavailable, once',
    action: { code: 'temporarily_unavailable' },
    times: 1,
    requests: 2,
    outcome: 'refreshed',
  },
  {
    answer: 'invalid_grant',
    action: { code: 'invalid_grant' },
    requests: 1,
    outcome: { lost: 'refresh_refused' },
  },
  {
    answer: 'access_denied',
    action: { code: 'access_denied' },
    requests: 1,
    outcome: { lost: 'refresh_refused' },
  },
  {
    answer: 'invalid_client',
    action: { code: 'invalid_client' },
    requests: 1,
    outcome: clear('invalid_client'),
  },
  {
    answer: 'unauthorized_client',
    action: { code: 'unauthorized_client' },
    requests: 1,
    outcome: clear('unauthorized_client'),
  },
  {
    answer: 'invalid_request',
    action: { code: 'invalid_request' },
    requests: 1,
    outcome: clear('invalid_request'),
  },
  {
    answer: 'a code that nobody knows',
    action: { code: 'moon_phase' },
    requests: 1,
    outcome: clear('moon_phase'),
  },
  {
    answer: 'cut before the effect, once',
    action: { drop: 'before' },
    times: 1,
    requests: 2,
    outcome: 'refreshed',
  },
  {
    answer: 'cut before the effect, always',
    action: { drop: 'before' },
    requests: 2,
    outcome: unclear('network_error'),
  },
  {
    answer: 'cut after the effect, once',
    action: { drop: 'after' },
    times: 1,
    requests: 2,
    outcome: { lost: 'refresh_lost' },
  },
  {
    answer: 'a redirect',
    action: { status: 302, body: '', headers: { location: '/' } },
    requests: 2,
    outcome: unclear('redirect_refused'),
  },
  {
    answer: 'the tokens of another account',
    action: { body: OF_ANOTHER },
    times: 1,
    requests: 1,
    outcome: { lost: 'refresh_other_identity' },
  },
];

test.each(ROWS)('$answer: $outcome after $requests request(s)', async (row) => {
  await using rig = await Rig.start({ timeoutMs: 500 });
  const { accountId, username } = await rig.connect();
  const before = await rig.read(accountId);
  await rig.advance(3 * 3600);
  const { action, times } = row;
  const fault = await rig.tiktok.control.addFault({
    match: { path: TOKEN_PATH },
    action,
    ...(times === undefined ? {} : { times }),
  });
  const refresh = rig.broker.refresh(rig.use(accountId));
  const { outcome } = row;
  if (outcome === 'refreshed') await refresh;
  else if ('lost' in outcome) {
    await expect(refresh).rejects.toMatchObject({ code: 'reconnect_needed', reason: outcome.lost });
  } else {
    await expect(refresh).rejects.toMatchObject({
      code: 'refresh_delayed',
      reason: outcome.delayed,
    });
  }
  expect(await rig.tokenRequests()).toBe(row.requests);
  const after = await rig.read(accountId);
  expect(after.leaseOwner).toBeNull();
  if (outcome === 'refreshed') {
    expect(after).toMatchObject({ state: 'connected', isUnclear: false, failures: 0 });
    expect((await rig.living(username)).refresh).toEqual([after.refreshToken]);
    return;
  }
  expect(after).toMatchObject({ generation: before.generation, failures: 1 });
  if ('lost' in outcome) {
    expect(after).toMatchObject({ state: 'reconnect_needed', stateReason: outcome.lost });
    expect(after.refreshDueAt).toBeNull();
    return;
  }
  const { delayed, isUnclear } = outcome;
  expect(after).toMatchObject({ state: 'connected', isUnclear, lastFailureCode: delayed });
  // Nothing but time is needed once TikTok is well again. What came late had its effect all the same.
  if (row.answer === 'late always') return;
  if (times === undefined) await rig.tiktok.control.deleteFault(fault.id);
  await rig.advance(60);
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 1, refreshed: 1 });
  await rig.broker.clientFor(rig.use(accountId)).getUserInfo(['open_id']);
});

test('an answer lost once and refused the next day asks for a reconnect, and says that it was lost', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  // The effect, and then nothing but cut connections.
  await rig.tiktok.control.addFault({
    match: { path: TOKEN_PATH, nth: 1 },
    action: { drop: 'after' },
    times: 1,
  });
  const away = await rig.tiktok.control.addFault({
    match: { path: TOKEN_PATH, nth: 2 },
    action: { drop: 'before' },
  });
  const refresh = () => rig.broker.refresh(rig.use(accountId));
  await expect(refresh()).rejects.toMatchObject({ code: 'refresh_delayed' });
  expect(await rig.read(accountId)).toMatchObject({ state: 'connected', isUnclear: true });
  await rig.tiktok.control.deleteFault(away.id);
  await rig.advance(86_400);
  await expect(refresh()).rejects.toMatchObject({ reason: 'refresh_lost' });
  const activity = await rig.activity(accountId);
  expect(activity.map(({ action }) => action)).toEqual([
    'token.refresh_begun',
    'token.refresh_failed',
    'token.refresh_begun',
    'account.reconnect_needed',
  ]);
});

test('a clear refusal after a lost answer does not take the doubt away', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  const faults = await Promise.all(
    [{ drop: 'after' } as const, { drop: 'before' } as const, { status: 429, body: '' }].map(
      (action, index) =>
        rig.tiktok.control.addFault({ match: { path: TOKEN_PATH, nth: index + 1 }, action }),
    ),
  );
  expect(faults).toHaveLength(3);
  await expect(rig.broker.refresh(rig.use(accountId))).rejects.toMatchObject({
    code: 'refresh_delayed',
  });
  await expect(rig.broker.refresh(rig.use(accountId))).rejects.toMatchObject({
    reason: 'rate_limit_exceeded',
  });
  expect(await rig.read(accountId)).toMatchObject({ isUnclear: true, failures: 2 });
});

test("TikTok's Retry-After is kept", async () => {
  await using rig = await Rig.start();
  await rig.connect();
  await rig.advance(2 * 3600);
  await rig.tiktok.control.addFault({
    match: { path: TOKEN_PATH },
    action: { status: 429, body: '', headers: { 'retry-after': '600' } },
    times: 1,
  });
  expect(await rig.broker.sweep()).toMatchObject({ delayed: 1 });
  await rig.advance(590);
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 0 });
  await rig.advance(20);
  expect(await rig.broker.sweep()).toMatchObject({ refreshed: 1 });
});

test('a refresh token whose own time is over asks for a reconnect, and says so', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.advance(181 * 86_400);
  await expect(
    rig.broker.clientFor(rig.use(accountId)).getUserInfo(['open_id']),
  ).rejects.toMatchObject({ code: 'reconnect_needed', reason: 'refresh_expired' });
  expect(await rig.tokenRequests()).toBe(1);
});

test('scopes that a refresh answers are stored; an answer without any leaves them', async () => {
  await using rig = await Rig.start();
  const { accountId, openId } = await rig.connect();
  const { scopes } = await rig.read(accountId);
  const answer = (scope: string | undefined) => ({
    match: { path: TOKEN_PATH },
    action: {
      body: JSON.stringify({
        access_token: 'act.a',
        refresh_token: 'rft.a',
        expires_in: 7200,
        open_id: openId,
        scope,
      }),
    },
    times: 1,
  });
  await rig.tiktok.control.addFault(answer(undefined));
  await rig.broker.refresh(rig.use(accountId));
  expect((await rig.read(accountId)).scopes).toEqual(scopes);
  await rig.tiktok.control.addFault(answer('user.info.basic'));
  await rig.broker.refresh(rig.use(accountId));
  expect((await rig.read(accountId)).scopes).toEqual(['user.info.basic']);
});
