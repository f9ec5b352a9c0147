import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  completeConnection,
  findConnectionWorkspace,
} from '../../src/accounts/complete-connection.ts';
import { sweepConnections } from '../../src/accounts/connections.ts';
import { startConnection } from '../../src/accounts/start-connection.ts';
import { inWorkspace } from '../../src/db/database.ts';
import { type Callback, comeBack, connect, consent } from './support/connect.ts';
import { problemOf } from './support/problem.ts';
import { personOf, startWorld, type TestWorkspace, type World } from './support/world.ts';

let world: World;
let workspace: TestWorkspace;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  workspace = await world.addWorkspace();
});

/** Requests to TikTok's token endpoint so far: a code that must not be exchanged adds none. */
async function exchanges(): Promise<number> {
  const { requests } = await world.tiktok.control.listRequests();
  return requests.filter(({ path }) => path === '/v2/oauth/token/').length;
}

async function requireNothingStored(): Promise<void> {
  const { items } = await workspace.api.listAccounts();
  expect(items).toEqual([]);
}

describe('a state that is not good', () => {
  test.each([
    { name: 'forged', state: () => Buffer.alloc(32, 7).toString('base64url') },
    { name: 'cut short', state: ({ state }: Callback) => state.slice(0, -1) },
    { name: 'changed in one letter', state: ({ state }: Callback) => flip(state) },
    { name: 'with a blank', state: ({ state }: Callback) => `${state} ` },
  ])('$name: unknown, and no code is exchanged', async ({ state }) => {
    const callback = await comeBack(world, workspace);
    const before = await exchanges();
    const forged = { ...callback, state: state(callback) };
    expect(await problemOf(workspace.api.completeConnection(forged))).toMatchObject({
      code: 'connection-unknown',
      status: 404,
    });
    expect(await exchanges()).toBe(before);
    await requireNothingStored();
  });

  test('used: refused the second time, and its code is exchanged once', async () => {
    const callback = await comeBack(world, workspace);
    const before = await exchanges();
    const account = await workspace.api.completeConnection(callback);
    expect(await problemOf(workspace.api.completeConnection(callback))).toMatchObject({
      code: 'connection-used',
      status: 409,
    });
    expect(await exchanges()).toBe(before + 1);
    expect(await workspace.api.getAccount({ id: account.id })).toMatchObject({
      state: 'connected',
    });
    await workspace.api.disconnectAccount({ id: account.id });
  });

  test('brought twice at the same moment: its code is exchanged once', async () => {
    const callback = await comeBack(world, workspace);
    const before = await exchanges();
    const attempts = await Promise.allSettled([
      workspace.api.completeConnection(callback),
      workspace.api.completeConnection(callback),
    ]);
    expect(attempts.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await exchanges()).toBe(before + 1);
    const { items } = await workspace.api.listAccounts();
    await workspace.api.disconnectAccount({ id: items[0]?.id ?? '' });
  });

  test('of another API key of the workspace: unknown, and still good for its owner', async () => {
    const callback = await comeBack(world, workspace);
    const other = await world.addKey(workspace.id);
    expect(await problemOf(other.api.completeConnection(callback))).toMatchObject({
      code: 'connection-unknown',
    });
    const account = await workspace.api.completeConnection(callback);
    expect(account.state).toBe('connected');
    await workspace.api.disconnectAccount({ id: account.id });
  });

  test('of another workspace: unknown, and still good for its owner', async () => {
    const callback = await comeBack(world, workspace);
    const other = await world.addWorkspace();
    expect(await problemOf(other.api.completeConnection(callback))).toMatchObject({
      code: 'connection-unknown',
    });
    const account = await workspace.api.completeConnection(callback);
    expect(account.state).toBe('connected');
    await workspace.api.disconnectAccount({ id: account.id });
  });

  test("of another browser of the same person: unknown, as an attacker's link would be", async () => {
    const { services } = world;
    const began = personOf(workspace.id, 'one browser');
    const { authorizeUrl } = await inWorkspace(services.database, workspace.id, (tx) =>
      startConnection(services, tx, began, { flow: 'web' }),
    );
    const callback = await consent(world, authorizeUrl, {
      username: 'private_creator',
      decision: 'allow',
    });
    expect(await findConnectionWorkspace(services, callback.state)).toBe(workspace.id);
    const other = personOf(workspace.id, 'another browser');
    await expect(completeConnection(services, other, callback)).rejects.toMatchObject({
      code: 'connection-unknown',
    });
    const accountId = await completeConnection(services, began, callback);
    await workspace.api.disconnectAccount({ id: accountId });
  });

  test.each([
    { minutes: 29, code: undefined },
    { minutes: 31, code: 'connection-expired' },
  ])('after $minutes minutes: $code', async ({ minutes, code }) => {
    const started = await workspace.api.startConnection();
    await world.moveClocks(minutes * 60);
    const callback = await consent(world, started.authorize_url ?? '', {
      username: 'public_creator',
      decision: 'allow',
    });
    const outcome = workspace.api.completeConnection(callback);
    if (code === undefined) {
      await workspace.api.disconnectAccount({ id: (await outcome).id });
      return;
    }
    expect(await problemOf(outcome)).toMatchObject({ code, status: 410 });
    await requireNothingStored();
    expect(await workspace.api.getConnection({ id: started.id })).toMatchObject({
      state: 'expired',
      words: 'Nobody came back in time. Begin again.',
    });
  });
});

describe('a consent page that was left without consent', () => {
  test('the creator refuses', async () => {
    const started = await workspace.api.startConnection();
    const callback = await consent(world, started.authorize_url ?? '', {
      username: 'public_creator',
      decision: 'deny',
    });
    expect(await problemOf(workspace.api.completeConnection(callback))).toMatchObject({
      code: 'connection-refused',
      status: 422,
      detail: 'The creator refused the login.',
      tiktok: { code: 'access_denied' },
    });
    expect(await workspace.api.getConnection({ id: started.id })).toMatchObject({
      state: 'refused',
      outcome_code: 'access_denied',
      words: 'The creator refused the login. Begin again when that is mended.',
    });
    const { items } = await workspace.api.listActivity({ action: 'connection.refused' });
    expect(items[0]).toMatchObject({ subject_id: started.id, reason: 'access_denied' });
    await requireNothingStored();
  });

  test('the app is a sandbox, and the creator no target user of it: nobody is said to have refused', async () => {
    await world.tiktok.control.putApp('audited', { sandbox: true, target_users: ['nobody'] });
    const callback = await comeBack(world, workspace);
    await world.tiktok.control.putApp('audited', { sandbox: false });
    const problem = await problemOf(workspace.api.completeConnection(callback));
    expect(problem.tiktok?.code).toBe('non_sandbox_target');
    expect(problem.detail).toContain('target user of the sandbox');
  });

  test.each([
    { error: 'unauthorized_client', error_type: 'client_key', words: 'Login Kit not enabled' },
    { error: 'param_error', errCode: '10003', error_type: 'client_key', words: 'client key' },
    { error: 'invalid_scope', words: 'A scope is unknown' },
    { error: 'server_error', words: 'nobody was logged in' },
    { error: 'made_up_tomorrow', words: 'refused' },
  ])('TikTok refuses with $error', async ({ words, ...refusal }) => {
    const { state } = await comeBack(world, workspace);
    const before = await exchanges();
    const problem = await problemOf(
      workspace.api.completeConnection({ state, ...refusal, log_id: '20261121ABC' }),
    );
    expect(problem).toMatchObject({
      code: 'connection-refused',
      tiktok: { code: refusal.error, log_id: '20261121ABC' },
    });
    expect(problem.detail).toContain(words);
    expect(await exchanges()).toBe(before);
    expect(
      await problemOf(workspace.api.completeConnection({ state, code: 'c0de' })),
    ).toMatchObject({
      code: 'connection-used',
    });
  });

  test('neither a code nor an error', async () => {
    const { state } = await comeBack(world, workspace);
    expect(await problemOf(workspace.api.completeConnection({ state }))).toMatchObject({
      code: 'connection-refused',
      tiktok: { code: 'callback_malformed' },
    });
    await requireNothingStored();
  });
});

test('a code that TikTok does not know is refused in words, and nothing is stored', async () => {
  const { state } = await comeBack(world, workspace);
  expect(
    await problemOf(workspace.api.completeConnection({ state, code: 'never issued' })),
  ).toMatchObject({ code: 'tiktok-refused', status: 502, tiktok: { code: 'invalid_grant' } });
  await requireNothingStored();
});

test('a code with the letters of real codes survives the way', async () => {
  const callback = await comeBack(world, workspace);
  expect(callback.code).toMatch(/[*!]/);
  const account = await workspace.api.completeConnection(callback);
  await workspace.api.disconnectAccount({ id: account.id });
});

test('no code, state or token is in the log or in an answer', async () => {
  const callback = await comeBack(world, workspace);
  const account = await workspace.api.completeConnection(callback);
  const seen = [...world.logged, JSON.stringify(account)].join('\n');
  expect(seen).not.toContain(callback.state);
  expect(seen).not.toContain(callback.code);
  expect(seen).not.toMatch(/act\.|rft\./);
  await workspace.api.disconnectAccount({ id: account.id });
  expect(await connect(world, workspace)).toMatchObject({ id: account.id });
});

test('a connection is forgotten a month after it was over', async () => {
  const { id } = await workspace.api.startConnection();
  await world.moveClocks(29 * 24 * 3_600);
  await sweepConnections(world.services, { limit: 100 });
  expect(await workspace.api.getConnection({ id })).toMatchObject({ state: 'expired' });
  await world.moveClocks(2 * 24 * 3_600);
  expect(await sweepConnections(world.services, { limit: 100 })).toBeGreaterThan(0);
  expect(await problemOf(workspace.api.getConnection({ id }))).toMatchObject({ code: 'not-found' });
  expect(await sweepConnections(world.services, { limit: 100 })).toBe(0);
});

/** Another letter in the middle. */
function flip(state: string): string {
  const middle = state[20] === 'A' ? 'B' : 'A';
  return `${state.slice(0, 20)}${middle}${state.slice(21)}`;
}
