import type { ControlBody } from '@greenroom/emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from './support/connect.ts';
import { problemOf } from './support/problem.ts';
import { startWorld, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const PATH = '/v2/post/publish/creator_info/query/';

async function connectAs(username: string): Promise<string> {
  await world.tiktok.control.putCreator(username);
  return (await connect(world, world.workspace, { username })).id;
}

async function asked(): Promise<number> {
  const { requests } = await world.tiktok.control.listRequests();
  return requests.filter((request) => request.path === PATH).length;
}

test('each look asks TikTok anew, and shows what the creator has just changed', async () => {
  const { api } = world.workspace;
  const id = await connectAs('changing');
  const before = await asked();
  expect(await api.getCreatorInfo({ id })).toMatchObject({
    creator_username: 'changing',
    comment_disabled: false,
    privacy_level_options: ['PUBLIC_TO_EVERYONE', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'],
    max_video_post_duration_sec: 600,
  });
  await world.tiktok.control.putCreator('changing', {
    comment_disabled: true,
    private_account: true,
  });
  expect(await api.getCreatorInfo({ id })).toMatchObject({
    comment_disabled: true,
    duet_disabled: true,
    privacy_level_options: ['FOLLOWER_OF_CREATOR', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'],
  });
  expect(await asked()).toBe(before + 2);
});

test.each<{
  name: string;
  action: ControlBody<'addFault'>['action'];
  code: string;
  status: number;
  words: string;
  tiktok?: string;
}>([
  {
    name: 'the rate limit',
    action: { status: 429, code: 'rate_limit_exceeded' },
    code: 'tiktok-rate-limited',
    status: 429,
    words: 'Wait a minute',
    tiktok: 'rate_limit_exceeded',
  },
  {
    name: 'too many posts today',
    action: { status: 200, code: 'spam_risk_too_many_posts' },
    code: 'account-refused',
    status: 409,
    words: 'Post tomorrow',
    tiktok: 'spam_risk_too_many_posts',
  },
  {
    name: 'a ban from posting',
    action: { status: 200, code: 'spam_risk_user_banned_from_posting' },
    code: 'account-refused',
    status: 409,
    words: 'does not let this account post',
    tiktok: 'spam_risk_user_banned_from_posting',
  },
  {
    name: "the app's cap of users",
    action: { status: 200, code: 'reached_active_user_cap' },
    code: 'account-refused',
    status: 409,
    words: 'The app, not the creator',
    tiktok: 'reached_active_user_cap',
  },
  {
    name: 'a code that nobody knows yet',
    action: { status: 400, code: 'made_up_tomorrow' },
    code: 'tiktok-refused',
    status: 502,
    words: 'refused',
    tiktok: 'made_up_tomorrow',
  },
  {
    name: 'a failure inside TikTok',
    action: { status: 500, code: 'internal_error' },
    code: 'tiktok-unavailable',
    status: 503,
    words: 'TikTok failed',
  },
  {
    name: 'an HTML page',
    action: { status: 200, body: '<html>Hello</html>' },
    code: 'tiktok-answer-malformed',
    status: 502,
    words: 'Something else than TikTok',
  },
  {
    name: 'half an answer',
    action: { truncate_bytes: 30 },
    code: 'tiktok-answer-malformed',
    status: 502,
    words: 'cut',
  },
  {
    name: 'a connection that is cut',
    action: { drop: 'after' },
    code: 'tiktok-unavailable',
    status: 503,
    words: 'cut',
  },
  {
    name: 'an answer without a field',
    action: { status: 200, body: '{"data":{"creator_username":"a"},"error":{"code":"ok"}}' },
    code: 'tiktok-answer-malformed',
    status: 502,
    words: 'Something else than TikTok',
  },
])(
  'TikTok answers with $name: a problem that says so, and nothing that was true earlier',
  async ({ name, action, code, status, words, tiktok }) => {
    const id = await connectAs(`fault.${name.replaceAll(/\W/g, '.')}`);
    const { api } = world.workspace;
    expect(await api.getCreatorInfo({ id })).toHaveProperty('creator_username');
    const rule = await world.tiktok.control.addFault({ match: { path: PATH }, action });
    const before = await asked();
    const problem = await problemOf(api.getCreatorInfo({ id }));
    await world.tiktok.control.deleteFault(rule.id);
    expect(problem).toMatchObject({ code, status });
    expect(problem.detail).toContain(words);
    if (tiktok !== undefined) expect(problem.tiktok?.code).toBe(tiktok);
    expect(await asked()).toBe(before + 1);
    // A refusal of TikTok's, or its absence, disconnects nobody.
    expect(await api.getAccount({ id })).toMatchObject({ state: 'connected' });
  },
);

test('the ninth look within a minute is refused with the time to wait, and TikTok is not asked', async () => {
  const id = await connectAs('watched');
  const { api, apiKey } = world.workspace;
  const before = await asked();
  for (let look = 0; look < 8; look += 1) await api.getCreatorInfo({ id });
  const response = await fetch(`${world.url}/api/v1/accounts/${id}/creator-info`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  expect(response.status).toBe(429);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await response.json()).toMatchObject({ code: 'tiktok-rate-limited' });
  expect(await asked()).toBe(before + 8);
});

test('without video.publish it says which scope is missing', async () => {
  await world.tiktok.control.putCreator('drafts.only');
  const scopes = ['user.info.basic', 'video.upload'];
  const { id } = await connect(world, world.workspace, { username: 'drafts.only', scopes });
  expect(await problemOf(world.workspace.api.getCreatorInfo({ id }))).toMatchObject({
    code: 'scope-not-granted',
    status: 409,
    tiktok: { code: 'scope_not_authorized' },
  });
});

test('of an account that is not connected it says why', async () => {
  const id = await connectAs('gone');
  await world.workspace.api.disconnectAccount({ id });
  const problem = await problemOf(world.workspace.api.getCreatorInfo({ id }));
  expect(problem).toMatchObject({ code: 'account-not-connected', status: 409 });
  expect(problem.detail).toContain('A person disconnected this account');
});

test("of another workspace's account it says nothing", async () => {
  const id = await connectAs('private.here');
  const other = await world.addWorkspace();
  expect(await problemOf(other.api.getCreatorInfo({ id }))).toMatchObject({
    code: 'not-found',
    status: 404,
  });
});

test('a token that TikTok has killed is renewed once, and the look succeeds', async () => {
  const id = await connectAs('rotated');
  await world.tiktok.control.addFault({
    match: { path: PATH },
    action: { status: 401, code: 'access_token_invalid' },
    times: 1,
  });
  expect(await world.workspace.api.getCreatorInfo({ id })).toMatchObject({
    creator_username: 'rotated',
  });
});
