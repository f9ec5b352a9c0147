import pg from 'pg';
import { expect, test } from 'vitest';
import { swallowCommit } from './lost-commit.ts';
import { PATIENT, Rig, TOKEN_PATH } from './rig.ts';

/** Lets nobody connect to the rig's database, and throws everybody out. */
async function takeDatabaseAway(rig: Rig): Promise<() => Promise<void>> {
  const name = new URL(rig.site.databaseUrl).pathname.slice(1);
  const client = new pg.Client({ connectionString: process.env['GREENROOM_TEST_ENGINE'] });
  await client.connect();
  await client.query(`alter database ${name} allow_connections false`);
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
    name,
  ]);
  return async () => {
    await client.query(`alter database ${name} allow_connections true`);
    await client.end();
  };
}

test('a pair that TikTok gave survives a database that goes away and returns', async () => {
  let giveBack: () => Promise<void> = async () => undefined;
  let rig: Rig | undefined;
  await using running = await Rig.start({
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      const text = await response.text();
      // TikTok has answered; now nothing can be stored.
      if (rig !== undefined) giveBack = await takeDatabaseAway(rig);
      return new Response(text, response);
    },
  });
  rig = running;
  const { accountId, username } = await rig.connect();
  const warnings = rig.log.warnings;
  const refresh = rig.broker.refresh(rig.use(accountId));
  await expect.poll(() => warnings.length, PATIENT).toBeGreaterThanOrEqual(2);
  rig = undefined;
  await giveBack();
  await refresh;
  const { refreshToken, isUnclear } = await running.read(accountId);
  expect((await running.living(username)).refresh).toEqual([refreshToken]);
  expect(isUnclear).toBe(false);
  expect(await running.tokenRequests()).toBe(1);
});

test('while the database is away callers hear so, and a sweep goes on when it is back', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.advance(7200);
  const giveBack = await takeDatabaseAway(rig);
  const client = rig.broker.clientFor(rig.use(accountId));
  const away = /not currently accepting connections|cannot be reached/;
  await expect(client.getUserInfo(['open_id'])).rejects.toThrow(away);
  await expect(rig.broker.sweep()).rejects.toThrow(away);
  await giveBack();
  await expect
    .poll(() => rig.broker.sweep().catch(() => undefined), PATIENT)
    .toMatchObject({ claimed: 1, refreshed: 1 });
});

test('a pair that cannot be stored for want of room is kept until there is some', async () => {
  await using rig = await Rig.start();
  const { accountId, username } = await rig.connect();
  // What a full disk answers to every write of tokens.
  await rig.asOwner(`create function no_room() returns trigger language plpgsql as $$ begin
      raise exception 'could not extend file: No space left on device' using errcode = '53100';
    end $$`);
  await rig.asOwner(`create trigger no_room before update of access_token_sealed on account_tokens
    for each row execute function no_room()`);
  const refresh = rig.broker.refresh(rig.use(accountId));
  await expect.poll(() => rig.log.warnings.length, PATIENT).toBeGreaterThanOrEqual(2);
  await rig.asOwner('drop trigger no_room on account_tokens');
  await refresh;
  const { refreshToken } = await rig.read(accountId);
  expect((await rig.living(username)).refresh).toEqual([refreshToken]);
  expect(JSON.stringify(rig.log.warnings)).not.toMatch(/rft\.|act\./);
});

test('callers do not wait for ever for a pair that cannot be stored, and it is stored in the end', async () => {
  await using rig = await Rig.start({ waitMs: 300 });
  const { accountId, username } = await rig.connect();
  await rig.asOwner(`create function no_room() returns trigger language plpgsql as $$ begin
      raise exception 'No space left on device' using errcode = '53100';
    end $$`);
  await rig.asOwner(`create trigger no_room before update of access_token_sealed on account_tokens
    for each row execute function no_room()`);
  await expect(rig.broker.refresh(rig.use(accountId))).rejects.toMatchObject({
    code: 'refresh_delayed',
    reason: 'refresh_running',
  });
  await rig.asOwner('drop trigger no_room on account_tokens');
  await expect.poll(() => rig.member.steps, PATIENT).toContain('stored');
  const { refreshToken } = await rig.read(accountId);
  expect((await rig.living(username)).refresh).toEqual([refreshToken]);
});

test('a process that must end says that a pair is lost, and ends', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  const other = await rig.openMember({ closeGraceMs: 100, log: rig.log });
  await rig.asOwner(`create function no_room() returns trigger language plpgsql as $$ begin
      raise exception 'No space left on device' using errcode = '53100';
    end $$`);
  await rig.asOwner(`create trigger no_room before update of access_token_sealed on account_tokens
    for each row execute function no_room()`);
  const refresh = other.broker.refresh(rig.use(accountId));
  const refused = expect(refresh).rejects.toMatchObject({ name: 'DatabaseFullError' });
  await expect.poll(() => other.steps, PATIENT).toContain('answered');
  await other.broker.close();
  await refused;
  expect(rig.log.errors).toHaveLength(1);
});

test('a lease lost in the middle of a refresh costs no token, and gives back an account that was given up', async () => {
  await using rig = await Rig.start();
  const { accountId, username } = await rig.connect();
  const before = await rig.living(username);
  await rig.advance(3 * 3600);
  await rig.tiktok.control.addFault({
    match: { path: TOKEN_PATH },
    action: { bytes_per_second: 300 },
    times: 1,
  });
  const slow = rig.broker.refresh(rig.use(accountId));
  // TikTok has made the pair; its answer is on its way.
  await expect
    .poll(async () => (await rig.living(username)).refresh, PATIENT)
    .not.toEqual(before.refresh);
  // Only the connection of its presence breaks: to the others the process looks dead.
  await rig.member.presence.close();
  const other = await rig.openMember();
  await expect(other.broker.refresh(rig.use(accountId))).rejects.toMatchObject({
    reason: 'refresh_lost',
  });
  await slow;
  expect(await rig.readState(accountId)).toEqual({ state: 'connected', state_reason: null });
  const { refreshToken, leaseOwner } = await rig.read(accountId);
  expect((await rig.living(username)).refresh).toEqual([refreshToken]);
  expect(leaseOwner).toBeNull();
  await other.broker.clientFor(rig.use(accountId)).getUserInfo(['open_id']);
});

test('a pair for a creator who is connected elsewhere by now is dropped, not tried for ever', async () => {
  await using rig = await Rig.start();
  const { accountId, username } = await rig.connect();
  const before = await rig.living(username);
  await rig.tiktok.control.addFault({
    match: { path: TOKEN_PATH },
    action: { bytes_per_second: 300 },
    times: 1,
  });
  const slow = rig.broker.refresh(rig.use(accountId));
  // TikTok has made the pair; its answer is on its way.
  await expect
    .poll(async () => (await rig.living(username)).refresh, PATIENT)
    .not.toEqual(before.refresh);
  await rig.asOwner(
    `update accounts set state = 'reconnect_needed', state_reason = 'refresh_lost'`,
  );
  await rig.asOwner(`with elsewhere as (insert into workspaces (name) values ('Other') returning id)
    insert into accounts (workspace_id, app_id, open_id, scopes, scopes_asked, state)
    select elsewhere.id, app_id, open_id, scopes, scopes_asked, 'connected' from accounts, elsewhere`);
  await slow;
  expect(await rig.readState(accountId)).toMatchObject({ state: 'reconnect_needed' });
});

test('a beginning whose commit was not answered is begun again, and leaves no lease behind', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.advance(3 * 3600);
  const swallowed = swallowCommit(rig.database, 'is_unclear = true');
  await rig.broker.clientFor(rig.use(accountId)).getUserInfo(['open_id']);
  expect(swallowed()).toBe(true);
  expect(await rig.tokenRequests()).toBe(1);
  expect(await rig.read(accountId)).toMatchObject({ leaseOwner: null, isUnclear: false });
});

test.each([
  { what: 'a scope with a NUL in it', answer: { scope: 'user.info.basic,bad\u0000scope' } },
  { what: 'an end beyond all time', answer: { expires_in: 1e18, refresh_expires_in: 1e18 } },
  { what: 'an end before all time', answer: { expires_in: -1e18 } },
])('$what does not keep a pair from being stored', async ({ answer }) => {
  await using rig = await Rig.start({ fetch: answering(answer) });
  const { accountId, username } = await rig.connect();
  await rig.broker.refresh(rig.use(accountId));
  const { refreshToken, scopes } = await rig.read(accountId);
  expect((await rig.living(username)).refresh).toEqual([refreshToken]);
  expect(scopes).toContain('user.info.basic');
});

test.each([
  { what: 'with a NUL', code: 'bad\u0000code', stored: 'bad_code' },
  { what: 'of great length', code: 'x'.repeat(10_000), stored: 'x'.repeat(100) },
])('an error code $what is stored as far as it can be', async ({ code, stored }) => {
  await using rig = await Rig.start({ fetch: answering({ error: code }) });
  const { accountId } = await rig.connect();
  await expect(rig.broker.refresh(rig.use(accountId))).rejects.toMatchObject({ reason: stored });
  expect(await rig.read(accountId)).toMatchObject({ lastFailureCode: stored, leaseOwner: null });
});

test('a pair that can never be stored is told to the operator, and tried with back-off', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  await rig.asOwner(`create function refuse() returns trigger language plpgsql as $$ begin
      raise exception 'never' using errcode = '22023';
    end $$`);
  await rig.asOwner(`create trigger refuse before update of access_token_sealed on account_tokens
    for each row execute function refuse()`);
  await expect(rig.broker.refresh(rig.use(accountId))).rejects.toMatchObject({
    code: 'refresh_delayed',
    reason: 'internal_error',
  });
  expect(await rig.read(accountId)).toMatchObject({
    leaseOwner: null,
    isUnclear: true,
    failures: 1,
    lastFailureCode: 'internal_error',
  });
  expect(rig.log.errors).toHaveLength(1);
  expect(JSON.stringify(rig.log.errors)).not.toMatch(/rft\.|act\./);
});

test('who looks dead to the others begins nothing', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  const { number } = rig.member.presence;
  // A presence whose connection is half-open: the server has given it up, and this process has not heard.
  await rig.asOwner(`select pg_terminate_backend(pid) from pg_locks
    where locktype = 'advisory' and classid = 473377 and objid = ${number}`);
  const presence = { number } as typeof rig.member.presence; // as: no more of it is asked
  const other = await rig.openMember({ presence });
  await expect(other.broker.refresh(rig.use(accountId))).rejects.toMatchObject({
    code: 'unavailable',
  });
  expect(await rig.tokenRequests()).toBe(0);
  expect(await rig.read(accountId)).toMatchObject({ leaseOwner: null, isUnclear: false });
});

/** A TikTok whose token answers have these fields, too. */
function answering(fields: object): typeof fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    if (!String(url).endsWith(TOKEN_PATH)) return response;
    const body: unknown = await response.json();
    return Response.json(Object.assign({}, body, fields));
  };
}
