import { expect, test } from 'vitest';
import type { AccountUnavailableError } from '../../src/accounts/broker/account-unavailable.ts';
import { TESTER } from './member.ts';
import { Rig } from './rig.ts';

const HOURS = 3600;

test('a client calls TikTok with the stored token, and the audit log knew before', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  const client = rig.broker.clientFor(rig.use(accountId, 'show creator info'));
  const creator = await client.queryCreatorInfo();
  expect(creator.creator_username).toBe('public_creator');
  const { generation } = await rig.read(accountId);
  expect(await rig.activity(accountId)).toEqual([
    {
      action: 'token.handed_out',
      reason: 'show creator info',
      actor_kind: 'system',
      actor_id: 'test',
      details: { generation },
    },
  ]);
  expect(await rig.tokenRequests()).toBe(0);
});

test('no token is handed out when its audit entry cannot be written', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.asOwner('revoke insert on activity from greenroom_app');
  const client = rig.broker.clientFor(rig.use(accountId));
  await expect(client.getUserInfo(['open_id'])).rejects.toThrow(/permission denied/);
  const { requests } = await rig.tiktok.control.listRequests();
  expect(requests).toEqual([]);
});

test('an expired token is renewed once before it is handed out, and both are audited', async () => {
  await using rig = await Rig.start();
  const { accountId, username } = await rig.connect();
  const before = await rig.read(accountId);
  await rig.advance(3 * HOURS);
  const client = rig.broker.clientFor(rig.use(accountId));
  await client.getUserInfo(['open_id']);
  const after = await rig.read(accountId);
  expect(await rig.tokenRequests()).toBe(1);
  expect(await rig.living(username)).toEqual({
    access: [before.accessToken, after.accessToken],
    refresh: [after.refreshToken],
  });
  expect(after).toMatchObject({ leaseOwner: null, isUnclear: false, failures: 0 });
  const actions = (await rig.activity(accountId)).map(({ action }) => action);
  expect(actions).toEqual(['token.refresh_begun', 'token.refreshed', 'token.handed_out']);
});

test('callers of several processes share one refresh', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.advance(3 * HOURS);
  const members = [rig.member, await rig.openMember(), await rig.openMember()];
  const calls = members.flatMap(({ broker }) =>
    Array.from({ length: 8 }, () => broker.clientFor(rig.use(accountId)).getUserInfo(['open_id'])),
  );
  const users = await Promise.all(calls);
  expect(new Set(users.map(({ open_id }) => open_id)).size).toBe(1);
  expect(await rig.tokenRequests()).toBe(1);
});

test('a token that TikTok refuses is renewed once and the call replayed once', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  // TikTok's clock runs ahead of ours, so that only TikTok knows that the token is dead.
  await rig.tiktok.control.moveClock({ advance_seconds: 3 * HOURS });
  const client = rig.broker.clientFor(rig.use(accountId));
  const users = await Promise.all(Array.from({ length: 5 }, () => client.getUserInfo(['open_id'])));
  expect(users).toHaveLength(5);
  const { requests } = await rig.tiktok.control.listRequests();
  expect(await rig.tokenRequests()).toBe(1);
  expect(requests.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(5);
  expect(requests.filter(({ status }) => status === 401).length).toBeGreaterThanOrEqual(1);
});

test('a token that TikTok goes on refusing is the error of the call, not a loop', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.tiktok.control.addFault({
    match: { path: '/v2/user/info/' },
    action: { code: 'access_token_invalid' },
  });
  const client = rig.broker.clientFor(rig.use(accountId));
  await expect(client.getUserInfo(['open_id'])).rejects.toMatchObject({
    code: 'access_token_invalid',
  });
  expect(await rig.tokenRequests()).toBe(1);
});

test('a token about to end is renewed first; while that fails, the present one is handed out', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  const before = await rig.read(accountId);
  const fault = await rig.tiktok.control.addFault({
    match: { path: '/v2/oauth/token/' },
    action: { drop: 'before' },
  });
  await rig.advance(2 * HOURS - 60);
  const client = rig.broker.clientFor(rig.use(accountId));
  await client.getUserInfo(['open_id']);
  expect(await rig.tokenRequests()).toBe(2);
  // While the back-off runs nobody is asked again.
  await client.getUserInfo(['open_id']);
  expect(await rig.tokenRequests()).toBe(2);
  await rig.tiktok.control.deleteFault(fault.id);
  await rig.advance(30);
  await client.getUserInfo(['open_id']);
  const after = await rig.read(accountId);
  expect(after.accessToken).not.toBe(before.accessToken);
  expect(await rig.tokenRequests()).toBe(3);
});

test('an expired token that cannot be renewed is an error that says when it is tried again', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  const fault = await rig.tiktok.control.addFault({
    match: { path: '/v2/oauth/token/' },
    action: { drop: 'before' },
  });
  await rig.advance(3 * HOURS);
  const client = rig.broker.clientFor(rig.use(accountId));
  for (const _ of [1, 2]) {
    await expect(client.getUserInfo(['open_id'])).rejects.toMatchObject({
      name: 'AccountUnavailableError',
      code: 'refresh_delayed',
      reason: 'network_error',
      retryAt: expect.any(Date),
      isRetryable: true,
    } satisfies Partial<Record<keyof AccountUnavailableError, unknown>>);
  }
  // The second call did not ask again: the back-off runs.
  expect(await rig.tokenRequests()).toBe(2);
  await rig.tiktok.control.deleteFault(fault.id);
  // A person's wish passes the back-off over.
  await rig.broker.refresh(rig.use(accountId));
  await client.getUserInfo(['open_id']);
  expect(await rig.tokenRequests()).toBe(3);
});

test.each([
  { state: 'reconnect_needed', reason: 'refresh_refused', code: 'reconnect_needed' },
  { state: 'disconnected', reason: 'disconnected_by_person', code: 'account_disconnected' },
])('an account that is $state gives no token, and says why in words', async (row) => {
  const { state, reason, code } = row;
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.asOwner(`update accounts set state = '${state}', state_reason = '${reason}'`);
  const uses = [
    () => rig.broker.clientFor(rig.use(accountId)).getUserInfo(['open_id']),
    () => rig.broker.refresh(rig.use(accountId)),
  ];
  for (const use of uses) {
    await expect(use()).rejects.toMatchObject({
      code,
      reason,
      accountId,
      message: expect.stringMatching(/Connect the account again/),
    });
  }
  expect(await rig.activity(accountId)).toEqual([]);
});

test("another workspace's account is unknown", async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  const use = {
    accountId,
    workspaceId: '00000000-0000-4000-8000-000000000000',
    actor: TESTER,
    reason: 'curious',
  };
  await expect(rig.broker.clientFor(use).getUserInfo(['open_id'])).rejects.toMatchObject({
    code: 'account_unknown',
  });
});

test('a caller that gives up stops waiting, and the refresh goes on for the others', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.advance(3 * HOURS);
  await rig.tiktok.control.addFault({
    match: { path: '/v2/oauth/token/' },
    action: { delay_ms: 300 },
  });
  const client = rig.broker.clientFor(rig.use(accountId));
  const patient = client.getUserInfo(['open_id']);
  const gone = client.getUserInfo(['open_id'], { signal: AbortSignal.timeout(50) });
  await expect(gone).rejects.toMatchObject({ name: 'TimeoutError' });
  await patient;
  expect(await rig.tokenRequests()).toBe(1);
});
