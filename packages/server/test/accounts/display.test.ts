import { expect, test } from 'vitest';
import { sweepDisplays } from '../../src/accounts/refresh-display.ts';
import { connect } from './support/connect.ts';
import { startWorld, type World } from './support/world.ts';

const DAY = 24 * 3_600;

function sweep(world: World) {
  return sweepDisplays(world.services, { limit: 100 });
}

async function connectAs(world: World, username: string) {
  await world.tiktok.control.putCreator(username, { nickname: 'Before' });
  return connect(world, world.workspace, { username });
}

async function userInfos(world: World): Promise<number> {
  const { requests } = await world.tiktok.control.listRequests();
  return requests.filter(({ path }) => path === '/v2/user/info/').length;
}

test('a name is read again a day later, once, and its age tells how old it is', async () => {
  await using world = await startWorld();
  const { id, displayed_at } = await connectAs(world, 'ada');
  await world.tiktok.control.putCreator('ada', { nickname: 'After' });
  expect(await sweep(world)).toEqual({ claimed: 0, read: 0 });
  await world.moveClocks(2 * DAY);
  const before = await userInfos(world);
  const rounds = await Promise.all([sweep(world), sweep(world), sweep(world)]);
  expect(rounds.reduce((sum, { read }) => sum + read, 0)).toBe(1);
  expect(await userInfos(world)).toBe(before + 1);
  const account = await world.workspace.api.getAccount({ id });
  expect(account.display_name).toBe('After');
  expect(Date.parse(account.displayed_at ?? '')).toBeGreaterThan(Date.parse(displayed_at ?? ''));
});

test('a reading that fails is harmless, and is tried again within the hour', async () => {
  await using world = await startWorld();
  const { id, displayed_at } = await connectAs(world, 'ada');
  await world.moveClocks(2 * DAY);
  const rule = await world.tiktok.control.addFault({
    match: { path: '/v2/user/info/' },
    action: { status: 400, code: 'invalid_params' },
  });
  expect(await sweep(world)).toEqual({ claimed: 1, read: 0 });
  await world.tiktok.control.deleteFault(rule.id);
  expect(await world.workspace.api.getAccount({ id })).toMatchObject({
    state: 'connected',
    display_name: 'Before',
    displayed_at,
  });
  await world.moveClocks(3_700);
  expect(await sweep(world)).toEqual({ claimed: 1, read: 1 });
});

test('only what was granted is asked for', async () => {
  await using world = await startWorld();
  const scopes = ['user.info.profile'];
  const account = await connect(world, world.workspace, { scopes });
  expect(account).toMatchObject({
    username: 'public_creator',
    display_name: null,
    avatar_url: null,
  });
  const { violations } = await world.tiktok.control.listViolations();
  expect(violations).toEqual([]);
});

test('nothing is asked for where nothing of it was granted', async () => {
  await using world = await startWorld();
  const account = await connect(world, world.workspace, { scopes: ['video.publish'] });
  expect(account).toMatchObject({ username: null, display_name: null });
  expect(await userInfos(world)).toBe(0);
});

test('an account that is not connected is left alone', async () => {
  await using world = await startWorld();
  const { id } = await connectAs(world, 'ada');
  await world.workspace.api.disconnectAccount({ id });
  await world.moveClocks(2 * DAY);
  const before = await userInfos(world);
  expect(await sweep(world)).toEqual({ claimed: 0, read: 0 });
  expect(await userInfos(world)).toBe(before);
});

test('a sweep that is to stop begins nothing more', async () => {
  await using world = await startWorld();
  await connectAs(world, 'ada');
  await world.moveClocks(2 * DAY);
  const before = await userInfos(world);
  const signal = AbortSignal.abort();
  const report = await sweepDisplays(world.services, { limit: 10, signal });
  expect(report).toEqual({ claimed: 1, read: 0 });
  expect(await userInfos(world)).toBe(before);
});
