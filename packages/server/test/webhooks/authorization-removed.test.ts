import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { sweepWebhookEvents } from '../../src/webhooks/sweep-webhook-events.ts';
import { comeBack, connect } from '../accounts/support/connect.ts';
import { holdTokens } from '../accounts/support/hold-tokens.ts';
import { startWorld, type TestWorkspace, type World } from '../accounts/support/world.ts';
import { connect as openClient } from '../support/connect.ts';

let world: World;
let workspace: TestWorkspace;
beforeAll(async () => {
  world = await startWorld();
  await world.tiktok.control.putApp('audited', { webhook_url: `${world.url}/webhooks/tiktok` });
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  workspace = await world.addWorkspace();
  await world.rows('delete from webhook_events');
});

async function connectAs(username: string) {
  await world.tiktok.control.putCreator(username);
  return connect(world, workspace, { username });
}

/** Waits until TikTok has delivered what it has to tell. */
async function delivered(count = 1): Promise<void> {
  await vi.waitFor(async () => {
    expect(await world.rows('select from webhook_events')).toHaveLength(count);
  }, 10_000);
}

async function outcomes(): Promise<(string | null)[]> {
  const rows = await world.rows<{ outcome: string | null }>(
    'select outcome from webhook_events order by received_at',
  );
  return rows.map(({ outcome }) => outcome);
}

function sweep() {
  return sweepWebhookEvents(world.services, { limit: 100 });
}

const HOUR = 3_600;

test.each([
  { reason: 1, state: 'reconnect_needed', code: 'removed_by_creator' },
  { reason: 2, state: 'disconnected', code: 'account_deleted' },
  { reason: 3, state: 'reconnect_needed', code: 'age_changed' },
  { reason: 4, state: 'reconnect_needed', code: 'account_banned' },
])(
  'TikTok tells reason $reason: the account is $state, $code, and its tokens are gone',
  async ({ reason, state, code }) => {
    const username = `reason.${reason}`;
    const { id } = await connectAs(username);
    await world.moveClocks(HOUR);
    const act = { act: 'disconnect', client_key: 'audited', reason } as const;
    await world.tiktok.control.act(username, act);
    await delivered();
    // Stored, and not looked at yet: TikTok has had its 200.
    expect(await workspace.api.getAccount({ id })).toMatchObject({ state: 'connected' });
    expect(await sweep()).toEqual({ claimed: 1, processed: 1 });
    const account = await workspace.api.getAccount({ id });
    expect(account).toMatchObject({ state, access_expires_at: null });
    expect(account.health.reasons).toMatchObject([{ code }]);
    expect(await outcomes()).toEqual(['removed']);
    const { items } = await workspace.api.listActivity({
      action: 'account.authorization_removed',
      account_id: id,
    });
    expect(items).toMatchObject([
      { actor: { kind: 'tiktok', id: 'authorization.removed' }, reason: code },
    ]);
  },
);

test.each([
  { name: 'none that TikTok would name', reason: 0, code: 'authorization_removed' },
  { name: "the developer's own revoking", reason: 5, code: 'revoked_by_app' },
  { name: 'a number of tomorrow', reason: 99, code: 'authorization_removed' },
  { name: 'no number', reason: 'banned', code: 'authorization_removed' },
])('a reason that is $name: $code', async ({ code, reason }) => {
  const username = `told.${reason}`;
  const { id } = await connectAs(username);
  await world.moveClocks(HOUR);
  const event = 'authorization.removed';
  await world.tiktok.control.sendWebhook({
    client_key: 'audited',
    event,
    username,
    content: { reason },
  });
  await delivered();
  await sweep();
  expect(await workspace.api.getAccount({ id })).toMatchObject({
    state: 'reconnect_needed',
    health: { reasons: [{ code }] },
  });
});

test('an account whose authorization was removed can be connected again', async () => {
  const { id } = await connectAs('forgiving');
  await world.moveClocks(HOUR);
  await world.tiktok.control.act('forgiving', { act: 'disconnect', client_key: 'audited' });
  await delivered();
  await sweep();
  const again = await connect(world, workspace, { username: 'forgiving' }, { account_id: id });
  expect(again).toMatchObject({ id, state: 'connected', health: { is_healthy: true } });
});

test('an event that comes after a newer connection does not end it', async () => {
  const { id } = await connectAs('hasty');
  await world.moveClocks(HOUR);
  await world.tiktok.control.act('hasty', { act: 'disconnect', client_key: 'audited' });
  await delivered();
  await world.moveClocks(HOUR);
  await connect(world, workspace, { username: 'hasty' }, { account_id: id });
  expect(await sweep()).toEqual({ claimed: 1, processed: 1 });
  expect(await outcomes()).toEqual(['older_than_connection']);
  expect(await workspace.api.getAccount({ id })).toMatchObject({ state: 'connected' });
  expect(await workspace.api.getCreatorInfo({ id })).toMatchObject({ creator_username: 'hasty' });
});

test('an event that is processed while its account is being connected again does not end the new connection', async () => {
  const { id } = await connectAs('returning');
  await world.moveClocks(HOUR);
  await world.tiktok.control.act('returning', { act: 'disconnect', client_key: 'audited' });
  await delivered();
  await world.moveClocks(HOUR);
  const callback = await comeBack(world, workspace, { username: 'returning' }, { account_id: id });
  await using tokens = await holdTokens(world);
  const again = workspace.api.completeConnection(callback);
  await tokens.waiting(1);
  const swept = sweep();
  await tokens.waiting(2);
  await tokens.release();
  await Promise.all([again, swept]);
  expect(await outcomes()).toEqual(['older_than_connection']);
  expect(await workspace.api.getAccount({ id })).toMatchObject({ state: 'connected' });
  expect(await workspace.api.getCreatorInfo({ id })).toMatchObject({
    creator_username: 'returning',
  });
});

test('an event of the same minute as a newer connection: TikTok is asked, and the connection stays', async () => {
  const { id } = await connectAs('instant');
  await world.tiktok.control.act('instant', { act: 'disconnect', client_key: 'audited' });
  await delivered();
  await connect(world, workspace, { username: 'instant' }, { account_id: id });
  expect(await sweep()).toEqual({ claimed: 1, processed: 1 });
  expect(await outcomes()).toEqual(['still_authorized']);
  expect(await workspace.api.getAccount({ id })).toMatchObject({ state: 'connected' });
});

test('an event of the same minute as the connection that it ended: TikTok is asked, and its reason is told', async () => {
  const { id } = await connectAs('fickle');
  await world.tiktok.control.act('fickle', {
    act: 'disconnect',
    client_key: 'audited',
    reason: 4,
  });
  await delivered();
  expect(await sweep()).toEqual({ claimed: 1, processed: 1 });
  expect(await outcomes()).toEqual(['explained']);
  expect(await workspace.api.getAccount({ id })).toMatchObject({
    state: 'reconnect_needed',
    health: { reasons: [{ code: 'account_banned' }] },
  });
  expect(await world.rows('select from account_tokens where account_id = $1', [id])).toEqual([]);
});

test('TikTok is away when it is to be asked: the event waits, and nothing is decided', async () => {
  const { id } = await connectAs('patient');
  await world.tiktok.control.act('patient', { act: 'disconnect', client_key: 'audited' });
  await delivered();
  const rule = await world.tiktok.control.addFault({
    match: { path: '/v2/oauth/token/' },
    action: { drop: 'before' },
  });
  expect(await sweep()).toEqual({ claimed: 1, processed: 0 });
  expect(await workspace.api.getAccount({ id })).toMatchObject({ state: 'connected' });
  await world.tiktok.control.deleteFault(rule.id);
  // Not before its time.
  expect(await sweep()).toEqual({ claimed: 0, processed: 0 });
  await world.moveClocks(31);
  expect(await sweep()).toEqual({ claimed: 1, processed: 1 });
  expect(await workspace.api.getAccount({ id })).toMatchObject({ state: 'reconnect_needed' });
});

test('our own disconnect comes back as an event, and changes nothing more', async () => {
  const { id } = await connectAs('deliberate');
  await workspace.api.disconnectAccount({ id });
  await delivered();
  await sweep();
  expect(await outcomes()).toEqual(['not_connected']);
  expect(await workspace.api.getAccount({ id })).toMatchObject({
    health: { reasons: [{ code: 'disconnected_by_person' }] },
  });
});

test('a removal of an account that nobody knows is done with, and other events wait', async () => {
  await world.tiktok.control.putCreator('stranger');
  const send = (event: string, content: Record<string, string | number>) =>
    world.tiktok.control.sendWebhook({
      client_key: 'audited',
      username: 'stranger',
      event,
      content,
    });
  await send('authorization.removed', { reason: 1 });
  await send('made.up.tomorrow', { publish_id: 'v_pub_file~v2-1.1' });
  await delivered(2);
  expect(await sweep()).toEqual({ claimed: 1, processed: 1 });
  const rows = await world.rows<{ event: string; outcome: string | null }>(
    'select event, outcome from webhook_events order by event',
  );
  expect(rows).toEqual([
    { event: 'authorization.removed', outcome: 'unknown_account' },
    { event: 'made.up.tomorrow', outcome: null },
  ]);
});

test('events that nobody processes yet cost those that are processed nothing', async () => {
  await connectAs('crowded');
  await world.rows(
    `insert into webhook_events (app_id, key_hash, event, happened_at, body)
      select app_id, sha256(n::text::bytea), 'post.publish.complete', app_now(), ''
      from accounts, generate_series(1, 20000) n where username = 'crowded'`,
  );
  await using owner = await openClient(world.databaseUrl);
  await owner.client.query('analyze webhook_events');
  const claim = `select * from claim_webhook_events(array['authorization.removed'], 100)`;
  // The first time on a connection the catalogue is read, too.
  expect((await owner.client.query(claim)).rows).toEqual([]);
  const { rows } = await owner.client.query<{ 'QUERY PLAN': { Plan: Record<string, number> }[] }>(
    `explain (analyze, buffers, format json) ${claim}`,
  );
  // Walking past them all would read hundreds of pages.
  expect(rows[0]?.['QUERY PLAN'][0]?.Plan['Shared Hit Blocks']).toBeLessThan(50);
});

test('an event that always fails keeps no other from its turn, and waits longer each time', async () => {
  const { id } = await connectAs('unrelated');
  const { id: poisoned } = await connectAs('poisoned');
  await world.moveClocks(HOUR);
  await world.tiktok.control.act('poisoned', { act: 'disconnect', client_key: 'audited' });
  await delivered();
  await world.rows(`update webhook_events set body = 'not JSON'`);
  await world.tiktok.control.act('unrelated', { act: 'disconnect', client_key: 'audited' });
  await delivered(2);
  expect(await sweep()).toEqual({ claimed: 2, processed: 1 });
  expect(await workspace.api.getAccount({ id })).toMatchObject({ state: 'reconnect_needed' });
  expect(await workspace.api.getAccount({ id: poisoned })).toMatchObject({ state: 'connected' });
  const waits: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const [row] = await world.rows<{ wait: number }>(
      'select extract(epoch from next_try_at - app_now())::float8 as wait from webhook_events where outcome is null',
    );
    waits.push(Math.round((row?.wait ?? 0) / 30));
    await world.moveClocks((row?.wait ?? 0) + 1);
    await sweep();
  }
  expect(waits).toEqual([1, 2, 4]);
});

test('several processes that sweep at once process each event once', async () => {
  const usernames = ['many.1', 'many.2', 'many.3', 'many.4', 'many.5'];
  for (const username of usernames) await connectAs(username);
  await world.moveClocks(HOUR);
  for (const username of usernames) {
    await world.tiktok.control.act(username, { act: 'disconnect', client_key: 'audited' });
  }
  await delivered(usernames.length);
  const rounds = await Promise.all([sweep(), sweep(), sweep()]);
  expect(rounds.reduce((sum, { processed }) => sum + processed, 0)).toBe(usernames.length);
  const { items } = await workspace.api.listActivity({ action: 'account.authorization_removed' });
  expect(items).toHaveLength(usernames.length);
});
