import type { ControlBody } from '@greenroom/emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { completeConnection } from '../../src/accounts/complete-connection.ts';
import { ProblemError } from '../../src/http/problem-error.ts';
import { comeBack, connect } from './support/connect.ts';
import { startWorld, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const TOKEN = '/v2/oauth/token/';

interface Fault {
  readonly name: string;
  readonly action: ControlBody<'addFault'>['action'];
  readonly code: string;
  /** Requests for tokens that TikTok sees; one more only where it said itself that it did nothing. */
  readonly requests?: number;
  readonly tiktok?: string;
}

const faults: readonly Fault[] = [
  {
    name: 'an HTML page with 200',
    action: { status: 200, body: '<html>Hello</html>', headers: { 'content-type': 'text/html' } },
    code: 'tiktok-answer-malformed',
  },
  {
    name: 'an HTML page with 502',
    action: { status: 502, body: '<html>Bad gateway</html>' },
    code: 'tiktok-unavailable',
  },
  { name: 'nothing', action: { status: 200, body: '' }, code: 'tiktok-answer-malformed' },
  { name: 'half an answer', action: { truncate_bytes: 40 }, code: 'tiktok-answer-malformed' },
  {
    name: 'an answer without a refresh token',
    action: { status: 200, body: '{"access_token":"act.x","expires_in":7200,"open_id":"-000x"}' },
    code: 'tiktok-answer-malformed',
  },
  { name: 'an answer that is late', action: { delay_ms: 1_500 }, code: 'tiktok-timeout' },
  {
    name: 'an answer that never ends',
    action: { bytes_per_second: 20 },
    code: 'tiktok-timeout',
  },
  {
    name: '429',
    action: { status: 429, code: 'rate_limit_exceeded' },
    code: 'tiktok-rate-limited',
    tiktok: 'rate_limit_exceeded',
  },
  {
    name: 'a connection that is cut before the exchange',
    action: { drop: 'before' },
    code: 'tiktok-unavailable',
  },
  {
    name: 'a connection that is cut after the exchange',
    action: { drop: 'after' },
    code: 'tiktok-unavailable',
  },
  {
    name: 'an error with HTTP 200',
    action: { status: 200, code: 'invalid_grant' },
    code: 'tiktok-refused',
    tiktok: 'invalid_grant',
  },
  {
    name: 'wrong credentials',
    action: { status: 200, code: 'invalid_client' },
    code: 'tiktok-refused',
    tiktok: 'invalid_client',
  },
  {
    name: 'a redirect',
    action: { status: 302, body: '', headers: { location: 'https://example.com/' } },
    code: 'tiktok-answer-malformed',
  },
];

test.each(faults)(
  'TikTok answers the exchange with $name: nothing is stored, and the person begins again',
  async ({ action, code, requests = 1, tiktok }) => {
    const workspace = await world.addWorkspace();
    const { api, principal } = workspace;
    const callback = await comeBack(world, workspace);
    const before = await tokenRequests();
    const { id } = await world.tiktok.control.addFault({ match: { path: TOKEN }, action });
    const started = Date.now();
    // What answers at all is given time to, also on a machine that is busy.
    const isLate = code === 'tiktok-timeout';
    const error: unknown = await completeConnection(world.services, principal, callback, {
      deadlineMs: isLate ? 1_000 : 10_000,
    }).catch((thrown: unknown) => thrown);
    if (isLate) expect(Date.now() - started).toBeLessThan(8_000);
    await world.tiktok.control.deleteFault(id);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ code });
    if (tiktok !== undefined)
      expect(error).toMatchObject({ options: { tiktok: { code: tiktok } } });
    expect(await tokenRequests()).toBe(before + requests);
    expect((await api.listAccounts()).items).toEqual([]);
    expect(await world.rows('select from account_tokens')).toEqual([]);
    const [connection] = await world.rows<{ id: string; code_verifier_sealed: unknown }>(
      'select id, code_verifier_sealed from connections where workspace_id = $1',
      [workspace.id],
    );
    expect(connection?.code_verifier_sealed).toBeNull();
    const shown = await api.getConnection({ id: connection?.id ?? '' });
    expect(shown).toMatchObject({ state: 'failed', outcome_code: tiktok ?? expect.any(String) });
    expect(shown.words).toMatch(/Begin again|try again/i);
    await expect(completeConnection(world.services, principal, callback)).rejects.toMatchObject({
      code: 'connection-used',
    });
    const account = await connect(world, workspace);
    expect(account.state).toBe('connected');
    await api.disconnectAccount({ id: account.id });
  },
);

test('TikTok says itself that it did nothing: the same code is taken a moment later', async () => {
  const { workspace } = world;
  await world.tiktok.control.addFault({
    match: { path: TOKEN },
    action: { status: 503, code: 'temporarily_unavailable' },
    times: 1,
  });
  const account = await connect(world, workspace, { username: 'private_creator' });
  expect(account.state).toBe('connected');
});

test('TikTok keeps saying that it is away: 503, and nothing is stored', async () => {
  const workspace = await world.addWorkspace();
  const callback = await comeBack(world, workspace);
  const { id } = await world.tiktok.control.addFault({
    match: { path: TOKEN },
    action: { status: 500, code: 'server_error' },
  });
  await expect(
    completeConnection(world.services, workspace.principal, callback),
  ).rejects.toMatchObject({ code: 'tiktok-unavailable' });
  await world.tiktok.control.deleteFault(id);
  expect((await workspace.api.listAccounts()).items).toEqual([]);
});

test('the proof key is another one: TikTok refuses it, and nothing is stored', async () => {
  const workspace = await world.addWorkspace();
  const callback = await comeBack(world, workspace);
  const other = await comeBack(world, workspace);
  const swapped = { ...callback, code: other.code };
  await expect(
    completeConnection(world.services, workspace.principal, swapped),
  ).rejects.toMatchObject({ code: 'tiktok-refused' });
  expect((await workspace.api.listAccounts()).items).toEqual([]);
});

async function tokenRequests(): Promise<number> {
  const { requests } = await world.tiktok.control.listRequests();
  return requests.filter(({ path }) => path === TOKEN).length;
}
