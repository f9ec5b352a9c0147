import { randomUUID } from 'node:crypto';
import { createClient } from '@greenroom/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { judgeEvent } from '../../src/activity/alerts/judge-event.ts';
import { watchCauses, watchEvents } from '../../src/activity/alerts/watch-events.ts';
import { moveClock } from '../../src/db/clock.ts';
import { inWorkspace } from '../../src/db/database.ts';
import type { EventDetails, RecordedEventType } from '../../src/events/event-types.ts';
import { recordEvent } from '../../src/events/record-event.ts';
import { connect } from '../accounts/support/connect.ts';
import { startWorld, type TestWorkspace, type World } from '../accounts/support/world.ts';
import { eventsSettled } from '../events/support/settled.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const signal = new AbortController().signal;

async function connectAccount(workspace: TestWorkspace): Promise<string> {
  const username = `creator_${randomUUID().slice(0, 8)}`;
  await world.tiktok.control.putCreator(username, {});
  return (await connect(world, workspace, { username })).id;
}

async function record<Type extends RecordedEventType>(
  workspaceId: string,
  type: Type,
  details: EventDetails<Type>,
  accountId: string | null = null,
): Promise<void> {
  await inWorkspace(world.services.database, workspaceId, (tx) =>
    recordEvent(tx, { type, accountId, details }),
  );
}

async function addFailedPost(
  workspaceId: string,
  accountId: string,
  reason: string,
): Promise<void> {
  await world.rows(
    `insert into posts (id, workspace_id, account_id, state, state_reason, media_type, post_mode,
       created_by_kind, created_by_id)
     values ($1, $2, $3, 'failed', $4, 'VIDEO', 'DIRECT_POST', 'system', 'test')`,
    [randomUUID(), workspaceId, accountId, reason],
  );
}

async function watch(): Promise<void> {
  await eventsSettled(world.rows);
  await watchEvents(world.services, signal);
}

const changed = (to: 'failed' | 'held' | 'processing' | 'published', reason: string) => ({
  from: 'publishing' as const,
  to,
  reason,
});

test('an alert is open once and counted, seen by a person, and ends when its cause is gone', async () => {
  const workspace = await world.addWorkspace();
  const accountId = await connectAccount(workspace);
  const waits = { reason: 'cap_posts', until: null };
  await record(workspace.id, 'post.waits', waits, accountId);
  await record(workspace.id, 'post.waits', waits, accountId);
  await watch();
  await watch();
  const { items } = await workspace.api.listAlerts({});
  expect(items).toMatchObject([
    { kind: 'cap_reached', account_id: accountId, occurrences: 2, acknowledged_at: null },
  ]);
  const id = items[0]?.id ?? '';
  const seen = await workspace.api.acknowledgeAlert({ id });
  expect(seen).toMatchObject({ acknowledged_by: expect.stringMatching(/^api_key:/) });
  // Seen is not over; and who saw it first is kept.
  expect(await workspace.api.acknowledgeAlert({ id })).toEqual(seen);
  expect((await workspace.api.listAlerts({})).items).toHaveLength(1);
  await record(
    workspace.id,
    'post.state_changed',
    changed('processing', 'fence_passed'),
    accountId,
  );
  await watch();
  expect((await workspace.api.listAlerts({})).items).toEqual([]);
  expect((await workspace.api.listAlerts({ state: 'resolved' })).items).toMatchObject([{ id }]);
  const told = await world.rows<{ type: string }>(
    "select type from events where workspace_id = $1 and type like 'alert.%' order by id",
    [workspace.id],
  );
  expect(told.map(({ type }) => type)).toEqual(['alert.raised', 'alert.resolved']);
  // Again is a new alert.
  await record(workspace.id, 'post.waits', waits, accountId);
  await watch();
  expect((await workspace.api.listAlerts({})).items[0]?.id).not.toBe(id);
});

test('several processes watch, and each event counts once', async () => {
  const workspace = await world.addWorkspace();
  for (let count = 0; count < 30; count += 1) {
    await record(workspace.id, 'post.waits', { reason: 'circuit_open', until: null });
  }
  await Promise.all(Array.from({ length: 6 }, watch));
  await watch();
  expect((await workspace.api.listAlerts({})).items).toMatchObject([
    { kind: 'tiktok_away', occurrences: 30 },
  ]);
});

test('three failed posts of an account in a row are an alert; one that goes out ends it', async () => {
  const workspace = await world.addWorkspace();
  const accountId = await connectAccount(workspace);
  const fail = async () => {
    await addFailedPost(workspace.id, accountId, 'internal');
    await record(workspace.id, 'post.state_changed', changed('failed', 'internal'), accountId);
    await watch();
    return (await workspace.api.listAlerts({})).items.map(({ kind }) => kind);
  };
  expect(await fail()).toEqual([]);
  expect(await fail()).toEqual([]);
  expect(await fail()).toEqual(['repeated_failures']);
  await record(workspace.id, 'post.state_changed', changed('published', 'complete'), accountId);
  await watch();
  expect((await workspace.api.listAlerts({})).items).toEqual([]);
});

test('a draft that its creator discarded, or a person gave up, is no failure in a row', async () => {
  const workspace = await world.addWorkspace();
  const accountId = await connectAccount(workspace);
  for (const reason of ['discarded', 'resolved_not_posted', 'internal']) {
    await addFailedPost(workspace.id, accountId, reason);
    await record(workspace.id, 'post.state_changed', changed('failed', reason), accountId);
  }
  await watch();
  expect((await workspace.api.listAlerts({})).items).toEqual([]);
});

test('one account that TikTok does not answer is an alert of its own, which no other account ends', async () => {
  const workspace = await world.addWorkspace();
  const [broken, working] = [await connectAccount(workspace), await connectAccount(workspace)];
  const passes = changed('processing', 'fence_passed');
  // A call that fails is no alert yet: those in a row open the circuit.
  await record(workspace.id, 'post.waits', { reason: 'tiktok_away', until: null }, broken);
  await watch();
  expect((await workspace.api.listAlerts({})).items).toEqual([]);
  const waits = { reason: 'account_circuit_open', until: null };
  await record(workspace.id, 'post.waits', waits, broken);
  await record(workspace.id, 'post.state_changed', passes, working);
  await record(workspace.id, 'post.waits', waits, broken);
  await watch();
  expect((await workspace.api.listAlerts({ state: 'all' })).items).toMatchObject([
    { kind: 'tiktok_away', account_id: broken, occurrences: 2, resolved_at: null },
  ]);
  await record(workspace.id, 'post.state_changed', passes, broken);
  await watch();
  expect((await workspace.api.listAlerts({})).items).toEqual([]);
});

test('a workspace that cannot be followed keeps no other from its alerts', async () => {
  const [bad, good] = [await world.addWorkspace(), await world.addWorkspace()];
  const waits = { reason: 'circuit_open', until: null };
  await record(bad.id, 'post.waits', waits);
  await record(good.id, 'post.waits', waits);
  await world.rows(
    `alter table alerts add constraint bad check (workspace_id <> '${bad.id}') not valid`,
  );
  // Behind the one that fails, wherever it comes in the round.
  await watch();
  expect((await good.api.listAlerts({})).items).toHaveLength(1);
  await world.rows('alter table alerts drop constraint bad');
  await watch();
  expect((await bad.api.listAlerts({})).items).toHaveLength(1);
});

test('an access that cannot be renewed for half an hour is an alert until it is renewed', async () => {
  const workspace = await world.addWorkspace();
  const accountId = await connectAccount(workspace);
  const { database } = world.services;
  const set = (failing: string) =>
    world.rows(
      `update account_tokens set failing_since = ${failing}, last_failure_code = 'timeout' where account_id = $1`,
      [accountId],
    );
  await set('app_now()');
  await watchCauses(database, signal);
  expect((await workspace.api.listAlerts({})).items).toEqual([]);
  await moveClock(database, 31 * 60);
  await watchCauses(database, signal);
  await watchCauses(database, signal);
  expect((await workspace.api.listAlerts({})).items).toMatchObject([
    {
      kind: 'refresh_failing',
      account_id: accountId,
      occurrences: 1,
      details: { code: 'timeout' },
    },
  ]);
  await set('null');
  await watchCauses(database, signal);
  expect((await workspace.api.listAlerts({})).items).toEqual([]);
});

test('an answer that nobody knows is an alert, and over when it was not seen for a week', async () => {
  const workspace = await world.addWorkspace();
  const answer = { request: 'video/init', status: 400, log_id: 'L1', ms: 3 };
  await record(workspace.id, 'request.answered', { ...answer, code: 'rate_limit_exceeded' });
  await record(workspace.id, 'request.answered', { ...answer, code: 'brand_new_refusal' });
  await watch();
  expect((await workspace.api.listAlerts({})).items).toMatchObject([
    { kind: 'unknown_answer', details: { code: 'brand_new_refusal', log_id: 'L1' } },
  ]);
  await moveClock(world.services.database, 8 * 86_400);
  await watchCauses(world.services.database, signal);
  expect((await workspace.api.listAlerts({})).items).toEqual([]);
});

test('a disconnected account that must be connected again is an alert until it is', async () => {
  const workspace = await world.addWorkspace();
  const accountId = await connectAccount(workspace);
  const details = { to: 'reconnect_needed', reason: 'refresh_refused' };
  await record(workspace.id, 'account.state_changed', details, accountId);
  await watch();
  expect((await workspace.api.listAlerts({})).items).toMatchObject([{ kind: 'reconnect_needed' }]);
  await record(workspace.id, 'account.connected', { is_reconnected: true }, accountId);
  await watch();
  expect((await workspace.api.listAlerts({})).items).toEqual([]);
});

test('alerts of another workspace are neither shown nor acknowledged', async () => {
  const workspace = await world.addWorkspace();
  await record(workspace.id, 'post.waits', { reason: 'circuit_open', until: null });
  await watch();
  const [alert] = (await workspace.api.listAlerts({})).items;
  const stranger = await world.addWorkspace();
  expect((await stranger.api.listAlerts({ state: 'all' })).items).toEqual([]);
  await expect(stranger.api.acknowledgeAlert({ id: alert?.id ?? '' })).rejects.toMatchObject({
    code: 'not-found',
  });
  const reader = await world.addKey(workspace.id, ['activity:read']);
  await expect(reader.api.acknowledgeAlert({ id: alert?.id ?? '' })).rejects.toMatchObject({
    code: 'forbidden',
  });
});

describe('what events mean', () => {
  const event = (type: string, details: Record<string, unknown>) => ({
    type,
    post_id: 'p',
    account_id: 'a',
    details,
  });
  const answered = (code: string | null, status: number | null) =>
    event('request.answered', { request: 'status/fetch', code, status });

  test.each([
    ['a good answer', answered(null, 200)],
    ['a known refusal', answered('scope_not_authorized', 401)],
    ['a lost answer', answered('timeout', null)],
    ['an error page of a gateway', answered('answer_not_json', 502)],
    [
      'a post that a person gave up',
      event('post.state_changed', { from: 'unknown', to: 'failed', reason: 'resolved_not_posted' }),
    ],
    ['progress', event('post.progress', {})],
    ['a type of another version', event('post.exploded', { reason: 'cap_posts' })],
  ])('%s raises nothing', (_what, given) => {
    expect(judgeEvent(given).filter(({ act }) => act !== 'resolve')).toEqual([]);
  });

  test.each([
    ['a code never seen', answered('brand_new', 400), 'unknown_answer'],
    ['a form never seen', answered('answer_unexpected', 200), 'unknown_answer'],
    [
      'a fail_reason never seen',
      event('post.state_changed', { to: 'failed', reason: 'brand_new', fail_reason: true }),
      'unknown_answer',
    ],
    [
      'a status never seen',
      event('post.waits', { reason: 'status_unknown', status: 'REVIEWING', until: null }),
      'unknown_answer',
    ],
    [
      'an unknown outcome',
      event('post.state_changed', { from: 'publishing', to: 'unknown', reason: 'init_unclear' }),
      'outcome_unknown',
    ],
    [
      'a cap that TikTok tells of',
      event('post.state_changed', { to: 'held', reason: 'spam_risk_too_many_posts' }),
      'cap_reached',
    ],
    ['a contradiction', event('post.contradicted', {}), 'contradiction'],
  ])('%s raises %#', (_what, given, kind) => {
    const raised = judgeEvent(given).flatMap((act) =>
      act.act === 'raise' ? [act.alert.kind] : [],
    );
    expect(raised).toEqual([kind]);
  });
});

test('a client without a key sees no alerts', async () => {
  const nobody = createClient({ baseUrl: world.url });
  await expect(nobody.listAlerts({})).rejects.toMatchObject({ code: 'unauthenticated' });
});
