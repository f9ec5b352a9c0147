import { expect, test } from 'vitest';
import { PATIENT, Rig, TOKEN_PATH } from './rig.ts';

const HOURS = 3600;

async function connectMany(rig: Rig, count: number) {
  const names = Array.from({ length: count }, (_, index) => `creator_${index}`);
  return Promise.all(names.map((name) => rig.connect(name)));
}

test('processes that sweep at once renew each due account exactly once', async () => {
  await using rig = await Rig.start();
  const accounts = await connectMany(rig, 60);
  const other = await rig.openMember();
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 0 });
  // Early: the tokens still live.
  await rig.advance(1.7 * HOURS);
  const reports = await Promise.all(
    [rig.member, other].map(({ broker }) => broker.sweep({ concurrency: 4 })),
  );
  expect(await rig.tokenRequests()).toBe(60);
  const [one, two] = reports;
  expect((one?.refreshed ?? 0) + (two?.refreshed ?? 0)).toBe(60);
  expect(one?.refreshed).toBeGreaterThan(0);
  expect(two?.refreshed).toBeGreaterThan(0);
  for (const { accountId, username } of accounts) {
    const { refreshToken, leaseOwner } = await rig.read(accountId);
    expect((await rig.living(username)).refresh).toEqual([refreshToken]);
    expect(leaseOwner).toBeNull();
  }
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 0 });
});

test('a sweep takes no more than its limit, the longest due first', async () => {
  await using rig = await Rig.start();
  const [first, second] = await connectMany(rig, 2);
  await rig.asOwner(`update account_tokens set refresh_due_at = app_now() - interval '1 minute'
    where account_id = '${second?.accountId}'`);
  await rig.asOwner(`update account_tokens set refresh_due_at = app_now() - interval '2 minutes'
    where account_id = '${first?.accountId}'`);
  expect(await rig.broker.sweep({ limit: 1 })).toMatchObject({ claimed: 1, refreshed: 1 });
  expect((await rig.activity(first?.accountId ?? '')).length).toBeGreaterThan(0);
  expect(await rig.activity(second?.accountId ?? '')).toEqual([]);
});

test('a sweep that is ended finishes what it has begun and hands the rest back', async () => {
  await using rig = await Rig.start();
  const accounts = await connectMany(rig, 12);
  await rig.advance(2 * HOURS);
  await rig.tiktok.control.addFault({ match: { path: TOKEN_PATH }, action: { delay_ms: 200 } });
  const end = new AbortController();
  const sweep = rig.broker.sweep({ signal: end.signal, concurrency: 3 });
  await expect
    .poll(() => rig.member.steps.filter((step) => step === 'sent').length, PATIENT)
    .toBe(3);
  end.abort();
  const report = await sweep;
  expect(report).toEqual({ claimed: 6, refreshed: 3, delayed: 0, refused: 0, released: 3 });
  const rows = await Promise.all(accounts.map(({ accountId }) => rig.read(accountId)));
  expect(rows.map(({ leaseOwner }) => leaseOwner)).toEqual(rows.map(() => null));
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 9, refreshed: 9 });
});

test('who fails is tried again later and keeps nobody waiting', async () => {
  await using rig = await Rig.start();
  const [broken] = await connectMany(rig, 5);
  const id = broken?.accountId ?? '';
  // What cannot be opened stands for everything that nobody expected.
  const { sealed } = await rig.breakSeal(id);
  await rig.advance(2 * HOURS);
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 5, refreshed: 4, delayed: 1 });
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 0 });
  await rig.mendSeal(id, sealed);
  await rig.advance(60);
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 1, refreshed: 1 });
});

test('leases of a process that is gone are taken over, those of a living one are not', async () => {
  await using rig = await Rig.start();
  await connectMany(rig, 4);
  await rig.advance(2 * HOURS);
  const other = await rig.openMember();
  const lease = `select * from claim_due_refreshes(${other.presence.number}, 4)`;
  await rig.asOwner(lease);
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 0 });
  await other.presence.close();
  await expect.poll(() => rig.broker.sweep(), PATIENT).toMatchObject({ claimed: 4, refreshed: 4 });
});

test('a caller does not wait for the sweep that has leased its account and not begun', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.advance(3 * HOURS);
  await rig.asOwner(`select * from claim_due_refreshes(${rig.member.presence.number}, 4)`);
  await rig.broker.clientFor(rig.use(accountId)).getUserInfo(['open_id']);
  expect(await rig.tokenRequests()).toBe(1);
});

test('when the clock jumps forward everything is renewed once; when it jumps back, nothing twice', async () => {
  await using rig = await Rig.start();
  const accounts = await connectMany(rig, 10);
  // Only ours jumps: TikTok's tokens are as good as before.
  await rig.jump(200 * 24 * HOURS);
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 10, refreshed: 10 });
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 0 });
  await rig.jump(-200 * 24 * HOURS);
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 0 });
  await Promise.all(
    accounts.map(({ accountId }) =>
      rig.broker.clientFor(rig.use(accountId)).getUserInfo(['open_id']),
    ),
  );
  expect(await rig.tokenRequests()).toBe(10);
  for (const { accountId } of accounts) {
    expect(await rig.readState(accountId)).toMatchObject({ state: 'connected' });
  }
});

test('a lease of our own that nobody works on is taken up again', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.advance(2 * HOURS);
  // What a claim leaves behind whose commit was never answered, or leases that could not be handed back.
  await rig.asOwner(`select * from claim_due_refreshes(${rig.member.presence.number}, 4)`);
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 1, refreshed: 1 });
  expect(await rig.read(accountId)).toMatchObject({ leaseOwner: null, failures: 0 });
});

test('a lease of our own that we work on is left alone', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.advance(2 * HOURS);
  await rig.tiktok.control.addFault({ match: { path: TOKEN_PATH }, action: { delay_ms: 300 } });
  const refresh = rig.broker.refresh(rig.use(accountId));
  await expect.poll(() => rig.member.steps, PATIENT).toContain('sent');
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 0 });
  await refresh;
  expect(await rig.tokenRequests()).toBe(1);
});

test('an account that is due and not connected is claimed once, and never again', async () => {
  await using rig = await Rig.start();
  await rig.connect();
  await rig.advance(2 * HOURS);
  await rig.asOwner(
    `update accounts set state = 'reconnect_needed', state_reason = 'refresh_lost'`,
  );
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 1 });
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 0 });
  expect(await rig.tokenRequests()).toBe(0);
});

test('an account whose refresh can be neither stored nor delayed holds up neither a round nor the others', async () => {
  await using rig = await Rig.start();
  const accounts = await connectMany(rig, 5);
  const broken = accounts[0]?.accountId ?? '';
  await rig.advance(2 * HOURS);
  await rig.asOwner(`create function refuse() returns trigger language plpgsql as $$ begin
      raise exception 'never' using errcode = '22023';
    end $$`);
  await rig.asOwner(`create trigger refuse before update on account_tokens for each row
    when (new.account_id = '${broken}' and new.lease_owner is null) execute function refuse()`);
  const report = await rig.broker.sweep({ concurrency: 1 });
  expect(report).toMatchObject({ refreshed: 4, delayed: 1 });
  expect(rig.log.errors.length).toBeGreaterThan(0);
});

test('a pair that has no room keeps no sweep round waiting for ever', async () => {
  await using rig = await Rig.start({ waitMs: 300 });
  const [stuck] = await connectMany(rig, 3);
  await rig.advance(2 * HOURS);
  await rig.asOwner(`create function no_room() returns trigger language plpgsql as $$ begin
      raise exception 'No space left on device' using errcode = '53100';
    end $$`);
  await rig.asOwner(`create trigger no_room before update of access_token_sealed on account_tokens
    for each row when (new.account_id = '${stuck?.accountId}') execute function no_room()`);
  expect(await rig.broker.sweep({ concurrency: 1 })).toMatchObject({ refreshed: 2, delayed: 1 });
  await rig.asOwner('drop trigger no_room on account_tokens');
  await expect
    .poll(async () => (await rig.read(stuck?.accountId ?? '')).leaseOwner, PATIENT)
    .toBeNull();
  expect(await rig.broker.sweep()).toMatchObject({ claimed: 0 });
});
