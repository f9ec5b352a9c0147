import { randomUUID } from 'node:crypto';
import {
  type Access,
  API_BASE_PATH,
  access,
  isRoleAtLeast,
  type OperationId,
  operations,
  roles,
  type Scope,
  scopeRoles,
} from '@greenroom/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerOf, problemOf } from './support/answer.ts';
import { Browser } from './support/browser.ts';
import { PASSWORD, type PeopleWorld, startPeopleWorld } from './support/people-world.ts';

const POST = { account_id: randomUUID(), media_type: 'VIDEO' };

// A body that each operation with one would take. Ids lead to nothing, so that what is allowed does no harm.
const bodies: Partial<Record<OperationId, object>> = {
  signIn: { email: 'nobody@example.com', password: 'wrong' },
  changePassword: { current_password: 'wrong', new_password: 'a whole new sentence' },
  createWorkspace: { name: 'Another' },
  updateWorkspace: { name: 'Main' },
  updateMember: { role: 'viewer' },
  createInvitation: { role: 'viewer' },
  acceptInvitation: {
    token: 'unknown',
    person: { name: 'x', email: 'x@example.com', password: PASSWORD },
  },
  createApiKey: { name: 'x', scopes: ['workspace:read'] },
  createApp: { name: 'x', client_key: 'awx', client_secret: 'secret' },
  updateApp: { name: 'x' },
  startConnection: {},
  completeConnection: { state: 'unknown' },
  putDomainProof: { content: 'x' },
  createPost: POST,
  updatePost: { version: 1 },
  validatePost: POST,
  schedulePost: {},
  retryPost: {},
  resolvePost: { outcome: 'posted', attempts: 1 },
  forecastPosts: {},
  checkImport: { rows: [{}] },
  createImport: { rows: [{}] },
  createWebhookEndpoint: { url: 'https://hooks.example.com/greenroom' },
  updateWebhookEndpoint: { description: 'x' },
  rotateWebhookSecret: {},
  replayWebhookEndpoint: { since: '2026-11-21T00:00:00.000Z' },
};

// These end what the walk itself needs.
const LAST: readonly OperationId[] = ['leaveWorkspace', 'signOut'];

const ids = Object.keys(operations) as OperationId[]; // as: the keys of the table are its operations
const allScopes = Object.keys(scopeRoles) as Scope[]; // as: the keys of the table are its scopes

let world: PeopleWorld;
beforeAll(async () => {
  world = await startPeopleWorld();
}, 30_000);
afterAll(() => world[Symbol.asyncDispose]());

async function call(
  browser: Browser,
  id: OperationId,
  key?: { readonly token: string; readonly scope: Scope },
): Promise<number> {
  const { method, path } = operations[id];
  // A key hands out what it has itself.
  const isMakingKey = id === 'createApiKey' && key !== undefined;
  const body = isMakingKey ? { name: 'x', scopes: [key.scope] } : bodies[id];
  const address = `${API_BASE_PATH}${path
    .replace('{file_name}', 'tiktokUnknown.txt')
    .replaceAll(/\{\w+\}/g, () => randomUUID())}`;
  const headers: Record<string, string> =
    key === undefined ? {} : { authorization: `Bearer ${key.token}` };
  const response = await browser.send(method, address, body, headers);
  return response.status;
}

test('every operation that takes a body has one here', () => {
  const withBody = ids.filter((id) => 'body' in operations[id]);
  expect(withBody.filter((id) => bodies[id] === undefined)).toEqual([]);
});

test.each([...roles])(
  'a person may do what the role %s covers, and nothing else',
  async (role) => {
    // A second one of the role, so that an owner can leave.
    const person = await world.join(role);
    const found: Record<string, boolean> = {};
    const wanted: Record<string, boolean> = {};
    for (const id of [...ids.filter((each) => !LAST.includes(each)), ...LAST]) {
      const { role: least }: Access = access[id];
      wanted[id] = least === 'public' || least === 'person' || isRoleAtLeast(role, least);
      const status = await call(person, id);
      expect(status, id).toBeLessThan(500);
      // A wrong password is what these two are asked with.
      const isAllowed =
        status !== 403 && (status !== 401 || ['signIn', 'changePassword'].includes(id));
      found[id] = isAllowed;
      if (id === 'createWorkspace') {
        await world.rows('delete from members where workspace_id <> $1', [world.workspaceId]);
      }
    }
    expect(found).toEqual(wanted);
  },
  60_000,
);

test('nobody may do what is public, and nothing else', async () => {
  const nobody = new Browser(world.url);
  const found: Record<string, number> = {};
  const wanted: Record<string, unknown> = {};
  for (const id of ids) {
    const isPublic = access[id].role === 'public';
    found[id] = await call(nobody, id);
    wanted[id] = isPublic && id !== 'signIn' ? expect.not.toBeOneOf([401, 403, 500]) : 401;
  }
  expect(found).toEqual(wanted);
});

test.each(allScopes)(
  'a key with the scope %s may do what it covers, and nothing else',
  async (scope) => {
    const owner = await world.join('owner', `owner-of-${scope.replace(':', '-')}`);
    const made = owner.post('/api/v1/api-keys', { name: scope, scopes: [scope] });
    const { token } = await answerOf('createApiKey', made);
    const found: Record<string, boolean> = {};
    const wanted: Record<string, boolean> = {};
    for (const id of ids) {
      const { role, scope: needed }: Access = access[id];
      wanted[id] = role === 'public' || needed === scope;
      const status = await call(new Browser(world.url), id, { token: token ?? '', scope });
      expect(status, id).toBeLessThan(500);
      found[id] = status !== 403 && (status !== 401 || id === 'signIn');
    }
    expect(found).toEqual(wanted);
  },
  30_000,
);

test('a member of one workspace is nobody in another', async () => {
  const stranger = await world.join('owner', 'stranger');
  const made = stranger.post('/api/v1/workspaces', { name: 'Elsewhere' });
  const { id } = await answerOf('createWorkspace', made);
  const insider = await world.join('owner', 'insider');
  const response = await insider.get('/api/v1/workspace', { 'greenroom-workspace': id });
  expect(response.status).toBe(403);
  const madeUp = await insider.get('/api/v1/workspace', { 'greenroom-workspace': randomUUID() });
  expect(madeUp.status).toBe(403);
});

test('whoever belongs to several workspaces says which', async () => {
  const person = await world.join('owner', 'several');
  const made = person.post('/api/v1/workspaces', { name: 'Second' });
  const { id } = await answerOf('createWorkspace', made);
  const unsaid = await person.get('/api/v1/workspace');
  expect(unsaid.status).toBe(400);
  expect(await problemOf(unsaid)).toMatchObject({
    code: 'workspace-required',
    detail: expect.stringContaining(id),
  });
  const said = await person.get('/api/v1/workspace', { 'greenroom-workspace': id.toUpperCase() });
  expect(await answerOf('getWorkspace', said)).toMatchObject({ id, name: 'Second' });
  const garbled = await person.get('/api/v1/workspace', { 'greenroom-workspace': 'Second' });
  expect(garbled.status).toBe(400);
  expect(await problemOf(garbled)).toMatchObject({
    errors: [{ in: 'header', pointer: '/greenroom-workspace' }],
  });
});

test('a key works in its own workspace only, and says so when another is named', async () => {
  const owner = await world.join('owner', 'key-maker');
  const body = { name: 'x', scopes: ['workspace:read'] };
  const { token } = await answerOf('createApiKey', owner.post('/api/v1/api-keys', body));
  const ask = (workspace: string) =>
    new Browser(world.url).get('/api/v1/workspace', {
      authorization: `Bearer ${token}`,
      'greenroom-workspace': workspace,
    });
  expect((await ask(world.workspaceId)).status).toBe(200);
  const response = await ask(randomUUID());
  expect(response.status).toBe(403);
  expect((await problemOf(response)).detail).toContain('another workspace');
});
