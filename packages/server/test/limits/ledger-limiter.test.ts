import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { getCreatorInfo } from '../../src/accounts/creator-info.ts';
import { openDatabase } from '../../src/db/database.ts';
import { Circuits } from '../../src/publishing/limits/circuits.ts';
import { toLimitKeys } from '../../src/publishing/limits/limit-keys.ts';
import { CircuitOpen, SlotNotFree } from '../../src/publishing/limits/not-now.ts';
import { SLOW_CALL_MS } from '../../src/publishing/limits/rate-window.ts';
import { connect } from '../accounts/support/connect.ts';
import { startWorld, type World } from '../accounts/support/world.ts';

const PROCESS = fileURLToPath(new URL('./hanging-process.ts', import.meta.url));
const CREATOR_INFO = '/v2/post/publish/creator_info/query/';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Connects an account and gives a client of TikTok's for it, as workers have one. */
async function workFor(username: string, patienceMs = 0) {
  await world.tiktok.control.putCreator(username);
  const { id: accountId } = await connect(world, world.workspace, { username });
  const workspaceId = world.workspace.id;
  const actor = { kind: 'system', id: 'test' } as const;
  const limiter = world.services.ledger.limiterFor({ workspaceId, accountId }, { patienceMs });
  const client = world.services.broker.clientFor(
    { workspaceId, accountId, actor, reason: 'test' },
    { maxRetries: 0, limiter },
  );
  return { accountId, client, limiter };
}

/** The key of an account in the ledger. */
async function keyOf(accountId: string): Promise<Buffer> {
  const [row] = await world.rows<{ app_id: string; open_id: string }>(
    'select app_id, open_id from accounts where id = $1',
    [accountId],
  );
  return toLimitKeys(row?.app_id ?? '', row?.open_id ?? '').creator;
}

/** The moments of the calls that an account's window holds. */
async function takenOf(accountId: string, endpoint: string): Promise<number[]> {
  const rows = await world.rows<{ taken: Date[] }>(
    'select taken from rate_windows where subject = $1 and endpoint = $2',
    [await keyOf(accountId), endpoint],
  );
  return (rows[0]?.taken ?? []).map((moment) => moment.getTime());
}

async function requests(): Promise<number> {
  return (await world.tiktok.control.listRequests()).requests.length;
}

test('people who look leave publishing the slots that it may need, and are told when they may look again', async () => {
  const { accountId, client } = await workFor('looked_at');
  const workspaceId = world.workspace.id;
  const actor = { kind: 'system', id: 'test' } as const;
  const use = { workspaceId, accountId, actor, reason: 'test' };
  for (let look = 0; look < 8; look += 1) await getCreatorInfo(world.services, use);
  await expect(getCreatorInfo(world.services, use)).rejects.toMatchObject({
    code: 'tiktok-rate-limited',
  });
  for (let publish = 0; publish < 12; publish += 1) await client.queryCreatorInfo();
  expect(await takenOf(accountId, 'creator_info/query')).toHaveLength(20);
});

test('the twenty-first call of a minute is not made, and says when it could be', async () => {
  const { accountId, client } = await workFor('twenty');
  for (let call = 0; call < 20; call += 1) await client.queryCreatorInfo();
  const before = await requests();
  const [first = 0] = await takenOf(accountId, 'creator_info/query');
  const refused = client.queryCreatorInfo();
  await expect(refused).rejects.toBeInstanceOf(SlotNotFree);
  await expect(refused).rejects.toMatchObject({
    code: 'rate_limit',
    until: new Date(first + 61_000),
  });
  expect(await requests()).toBe(before);
});

/** Fills an account's window of video inits, as far back as that. */
async function fillWindow(accountId: string, secondsAgo: number): Promise<void> {
  await world.rows(
    `insert into rate_windows (subject, endpoint, taken)
     values ($1, 'video/init', array_fill(app_now() - make_interval(secs => $2), array[6]))`,
    [await keyOf(accountId), secondsAgo],
  );
}

const VIDEO_INIT = { key: '', endpoint: 'video/init' } as const;

test('a call waits for a slot that is near, until the clock says so', async () => {
  const { accountId, client, limiter } = await workFor('patient', 20_000);
  await fillWindow(accountId, 0);
  await expect(limiter.acquire(VIDEO_INIT)).rejects.toThrow(SlotNotFree);
  await world.moveClocks(45);
  const begin = performance.now();
  const waiting = limiter.acquire(VIDEO_INIT);
  // An account's other endpoints have windows of their own.
  await client.queryCreatorInfo();
  await world.moveClocks(17);
  await waiting;
  expect(performance.now() - begin).toBeLessThan(15_000);
  expect(await takenOf(accountId, 'video/init')).toHaveLength(1);
});

test('whoever gives up waiting takes no slot', async () => {
  const { accountId, limiter } = await workFor('gives.up', 60_000);
  await fillWindow(accountId, 5);
  const signal = AbortSignal.timeout(50);
  await expect(limiter.acquire({ ...VIDEO_INIT, signal })).rejects.toThrow();
  expect(await takenOf(accountId, 'video/init')).toHaveLength(6);
});

test('a quick call counts from its beginning, a slow one from its end', async () => {
  const { accountId, client } = await workFor('slow');
  await client.queryCreatorInfo();
  const [quick] = await takenOf(accountId, 'creator_info/query');
  const rule = await world.tiktok.control.addFault({
    match: { path: CREATOR_INFO },
    action: { delay_ms: 2 * SLOW_CALL_MS },
    times: 1,
  });
  await client.queryCreatorInfo();
  const ended = world.services.clock.now().getTime();
  await world.tiktok.control.deleteFault(rule.id).catch(() => undefined);
  await expect
    .poll(async () => Math.max(...(await takenOf(accountId, 'creator_info/query'))))
    .toBeGreaterThanOrEqual(ended - 100);
  expect(await takenOf(accountId, 'creator_info/query')).toContain(quick);
});

test('a process that is killed in the middle of a slow call leaves its slot late enough', async () => {
  const child = spawn(process.execPath, [
    '--conditions=@greenroom/source',
    '--disable-warning=ExperimentalWarning',
    PROCESS,
    world.databaseUrl,
    'killed',
  ]);
  const query = `select taken from rate_windows where subject = 'killed'::bytea`;
  const taken = async () =>
    (await world.rows<{ taken: Date[] }>(query))[0]?.taken[0]?.getTime() ?? 0;
  await expect.poll(taken, { timeout: 10_000 }).toBeGreaterThan(0);
  const first = await taken();
  // It has moved along at least twice.
  await expect.poll(taken, { timeout: 10_000 }).toBeGreaterThan(first + SLOW_CALL_MS * 1.5);
  const killedAt = world.services.clock.now().getTime();
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await taken()).toBeGreaterThan(killedAt - 2 * SLOW_CALL_MS);
});

test('an account at which TikTok fails is left alone by all processes, until one call has come through', async () => {
  const { accountId, client } = await workFor('failing');
  const { circuits, database, log } = world.services;
  await using otherDatabase = await openDatabase({ url: world.databaseUrl, maxConnections: 2 });
  const other = new Circuits({ database: otherDatabase, log });
  const rule = await world.tiktok.control.addFault({
    match: { path: CREATOR_INFO },
    action: { status: 500, code: 'internal_error' },
  });
  for (let call = 0; call < 4; call += 1) await expect(client.queryCreatorInfo()).rejects.toThrow();
  await expect.poll(() => other.check(accountId)).toMatchObject({ isOpen: true, kind: 'account' });
  await expect.poll(() => circuits.check(accountId)).toMatchObject({ isOpen: true });
  const before = await requests();
  await expect(client.queryCreatorInfo()).rejects.toThrow(CircuitOpen);
  expect(await requests()).toBe(before);
  await world.tiktok.control.deleteFault(rule.id);
  await world.moveClocks(11);
  await expect.poll(() => other.check(accountId), { timeout: 3_000 }).toEqual({ isOpen: false });
  // One may try, and only one.
  await other.admit(accountId);
  await expect
    .poll(() => circuits.check(accountId), { timeout: 3_000 })
    .toMatchObject({ isOpen: true });
  await expect(client.queryCreatorInfo()).rejects.toThrow(CircuitOpen);
  other.report(accountId, undefined);
  await other.close();
  await expect.poll(() => circuits.check(accountId), { timeout: 3_000 }).toEqual({ isOpen: false });
  await client.queryCreatorInfo();
  const states = await database.kysely.selectFrom('circuits').selectAll().execute();
  expect(states).toEqual([]);
});

test('a probe that dies is followed by another one', async () => {
  const { accountId, client } = await workFor('probe.dies');
  await world.rows(
    `insert into circuits (subject, state, failures, openings, retry_at, changed_at)
     values ($1, 'open', 4, 1, app_now(), app_now())`,
    [accountId],
  );
  await expect.poll(async () => (await world.services.circuits.list()).length).toBe(1);
  await world.services.circuits.admit(accountId);
  await expect(client.queryCreatorInfo()).rejects.toThrow(CircuitOpen);
  await world.moveClocks(31);
  await expect
    .poll(() => world.services.circuits.check(accountId), { timeout: 3_000 })
    .toEqual({
      isOpen: false,
    });
  await client.queryCreatorInfo();
  await world.services.circuits.close();
  expect(await world.rows('select subject from circuits')).toEqual([]);
});

test('when TikTok answers nobody, nobody asks; people are told so, and the metric shows it', async () => {
  const accounts = [await workFor('away.1'), await workFor('away.2'), await workFor('away.3')];
  const rule = await world.tiktok.control.addFault({
    match: { path: '/v2/*' },
    action: { drop: 'before' },
  });
  for (const { client } of [...accounts, ...accounts]) {
    await expect(client.queryCreatorInfo()).rejects.toThrow();
  }
  const untouched = accounts[0]?.accountId ?? '';
  await expect
    .poll(() => world.services.circuits.check(untouched))
    .toMatchObject({ isOpen: true, kind: 'tiktok' });
  const before = await requests();
  const looking = world.workspace.api.getCreatorInfo({ id: untouched });
  await expect(looking).rejects.toMatchObject({ code: 'tiktok-unavailable', status: 503 });
  expect(await requests()).toBe(before);
  expect(await world.services.metrics.registry.metrics()).toContain(
    'greenroom_circuits{kind="tiktok",state="open"} 1',
  );
  const calls = await world.services.metrics.tiktokCalls.get();
  expect(calls.values).toContainEqual(
    expect.objectContaining({ labels: { endpoint: 'creator_info/query', outcome: 'away' } }),
  );
  const { circuits } = await world.workspace.api.getPublishing();
  expect(circuits).toContainEqual(
    expect.objectContaining({ subject: 'tiktok', state: 'open', failures: 6 }),
  );
  await world.tiktok.control.deleteFault(rule.id);
  await world.moveClocks(11);
  await expect
    .poll(() => world.workspace.api.getCreatorInfo({ id: untouched }).catch(String), {
      timeout: 3_000,
    })
    .toHaveProperty('creator_username');
  await world.services.circuits.close();
  expect(await world.rows(`select subject from circuits where subject = 'tiktok'`)).toEqual([]);
});
