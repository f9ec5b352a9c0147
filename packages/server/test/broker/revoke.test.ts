import { expect, test } from 'vitest';
import { inWorkspace } from '../../src/db/database.ts';
import { PATIENT, Rig, TOKEN_PATH } from './rig.ts';

const REVOKE_PATH = '/v2/oauth/revoke/';

type Fault = Parameters<Rig['tiktok']['control']['addFault']>[0];

test.each<{ says: string; action?: Fault['action']; outcome: object }>([
  { says: 'an empty object', outcome: { answer: 'empty_object' } },
  { says: 'nothing at all', action: { body: '' }, outcome: { answer: 'empty_body' } },
  {
    says: 'an error with 200',
    action: { code: 'invalid_grant' },
    outcome: { answer: 'refused', code: 'invalid_grant' },
  },
  {
    says: 'HTML',
    action: { body: '<html>' },
    outcome: { answer: 'no_answer', code: 'answer_not_json' },
  },
  {
    says: 'no word',
    action: { drop: 'before' },
    outcome: { answer: 'no_answer', code: 'network_error' },
  },
])('TikTok says $says: the tokens are gone all the same', async ({ action, outcome }) => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  if (action !== undefined) {
    await rig.tiktok.control.addFault({ match: { path: REVOKE_PATH }, action });
  }
  expect(await rig.broker.revoke(rig.use(accountId, 'not needed any more'))).toEqual(outcome);
  await expect(rig.read(accountId)).rejects.toThrow('no result');
  expect(await rig.readState(accountId)).toEqual({
    state: 'disconnected',
    state_reason: 'disconnected_by_person',
  });
  const activity = await rig.activity(accountId);
  expect(activity.map((entry) => entry.action)).toEqual([
    'token.handed_out',
    'account.disconnected',
    'token.revoked',
  ]);
  expect(activity.at(-1)?.details).toEqual(outcome);
  expect(await rig.broker.revoke(rig.use(accountId))).toEqual({ answer: 'not_asked' });
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 0 });
});

test('after a revoke TikTok takes none of the tokens', async () => {
  await using rig = await Rig.start();
  const { accountId, username } = await rig.connect();
  await rig.broker.revoke(rig.use(accountId));
  expect(await rig.living(username)).toEqual({ access: [], refresh: [] });
});

test('an access token that has ended is renewed, so that TikTok can be asked', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.advance(86_400);
  expect(await rig.broker.revoke(rig.use(accountId))).toEqual({ answer: 'empty_object' });
  expect(await rig.tokenRequests()).toBe(1);
});

test('while TikTok is away an ended token is no reason to stay connected', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.advance(86_400);
  await rig.tiktok.control.addFault({ match: {}, action: { drop: 'before' } });
  expect(await rig.broker.revoke(rig.use(accountId))).toMatchObject({ answer: 'no_answer' });
  expect(await rig.readState(accountId)).toMatchObject({ state: 'disconnected' });
});

test('a token that cannot be opened is deleted all the same', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.breakSeal(accountId, 'access_token_sealed');
  expect(await rig.broker.revoke(rig.use(accountId))).toEqual({ answer: 'not_asked' });
  await expect(rig.read(accountId)).rejects.toThrow('no result');
});

test('an account of nobody is unknown', async () => {
  await using rig = await Rig.start();
  const use = rig.use('00000000-0000-4000-8000-000000000000');
  await expect(rig.broker.revoke(use)).rejects.toMatchObject({ code: 'account_unknown' });
});

test('the answer to a refresh in flight brings no disconnected account back', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.tiktok.control.addFault({
    match: { path: TOKEN_PATH },
    action: { bytes_per_second: 1000 },
  });
  const refresh = rig.broker.refresh(rig.use(accountId));
  await expect.poll(() => rig.member.steps, PATIENT).toContain('sent');
  const other = await rig.openMember();
  await other.broker.revoke(rig.use(accountId));
  await refresh;
  expect(rig.member.steps.at(-1)).toBe('failed');
  await expect(rig.read(accountId)).rejects.toThrow('no result');
  expect(await rig.readState(accountId)).toMatchObject({ state: 'disconnected' });
});

test('nor does it replace the tokens of a later login', async () => {
  await using rig = await Rig.start();
  const { accountId, username } = await rig.connect();
  await rig.tiktok.control.addFault({
    match: { path: TOKEN_PATH },
    action: { bytes_per_second: 1000 },
    times: 1,
  });
  const refresh = rig.broker.refresh(rig.use(accountId));
  await expect.poll(() => rig.member.steps, PATIENT).toContain('sent');
  const other = await rig.openMember();
  await other.broker.revoke(rig.use(accountId));
  const tokens = await rig.createTokens(username);
  const { workspaceId } = rig;
  await inWorkspace(rig.database, workspaceId, (tx) =>
    rig.broker.storeTokens(tx, { workspaceId, accountId }, tokens),
  );
  await refresh;
  expect(await rig.read(accountId)).toMatchObject({
    accessToken: tokens.accessToken,
    refreshToken: tokens.refreshToken,
  });
});

test.each(['refresh_token_sealed', 'access_token_sealed'] as const)(
  'an ended token and a spoilt %s are no reason to stay connected',
  async (column) => {
    await using rig = await Rig.start();
    const { accountId } = await rig.connect();
    await rig.breakSeal(accountId, column);
    await rig.advance(86_400);
    await rig.broker.revoke(rig.use(accountId));
    expect(await rig.readState(accountId)).toMatchObject({ state: 'disconnected' });
  },
);

test('a disconnect waits for the refresh of another process for seconds only', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.advance(86_400);
  const other = await rig.openMember();
  await rig.asOwner(`select * from claim_due_refreshes(${other.presence.number}, 1)`);
  const startedAt = performance.now();
  await rig.broker.revoke(rig.use(accountId));
  expect(performance.now() - startedAt).toBeLessThan(20_000);
  expect(await rig.readState(accountId)).toMatchObject({ state: 'disconnected' });
});

test('a pair that arrives after a disconnect is revoked', async () => {
  await using rig = await Rig.start();
  const { accountId, username } = await rig.connect();
  await rig.advance(86_400);
  const before = await rig.living(username);
  await rig.tiktok.control.addFault({
    match: { path: TOKEN_PATH },
    action: { bytes_per_second: 80 },
    times: 1,
  });
  const refresh = rig.broker.refresh(rig.use(accountId));
  // TikTok has made the pair; its answer is on its way.
  await expect
    .poll(async () => (await rig.living(username)).refresh, PATIENT)
    .not.toEqual(before.refresh);
  await rig.tiktok.control.addFault({
    match: { path: REVOKE_PATH },
    action: { drop: 'before' },
    times: 1,
  });
  expect(await rig.broker.revoke(rig.use(accountId))).toMatchObject({ answer: 'no_answer' });
  expect((await rig.living(username)).refresh).toHaveLength(1);
  await refresh;
  expect(await rig.living(username)).toEqual({ access: [], refresh: [] });
  const { action, details } = (await rig.activity(accountId)).at(-1) ?? {};
  expect({ action, details }).toEqual({
    action: 'token.revoked',
    details: { answer: 'empty_object' },
  });
});
