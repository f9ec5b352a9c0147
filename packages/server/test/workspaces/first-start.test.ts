import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scopeRoles } from '@greenroom/contract';
import { expect, test } from 'vitest';
import { prepareFirstStart } from '../../src/workspaces/first-start.ts';
import { ensureOwnerKey, readOwnerKey } from '../../src/workspaces/owner-key.ts';
import { answerOf, problemOf } from './support/answer.ts';
import { Browser } from './support/browser.ts';
import { PASSWORD, startPeopleWorld } from './support/people-world.ts';

const publicUrl = 'https://greenroom.test';

function tokenOf(url: string | undefined): string {
  return url?.split('#')[1] ?? '';
}

test('servers that start at the same moment make one workspace, and every link works until one is used', async () => {
  await using world = await startPeopleWorld();
  const { database } = world.services;
  const starts = await Promise.all(
    Array.from({ length: 4 }, () => prepareFirstStart({ database, publicUrl })),
  );
  expect(new Set(starts.map(({ workspaceId }) => workspaceId))).toEqual(
    new Set([world.workspaceId]),
  );
  expect(await world.rows('select name from workspaces')).toEqual([{ name: 'Main' }]);
  const [one, other] = starts.map(({ setupUrl }) => tokenOf(setupUrl));

  const accept = (token: string | undefined, name: string) =>
    new Browser(world.url).post('/api/v1/invitations/accept', {
      token,
      person: { name, email: `${name}@example.com`, password: PASSWORD },
    });
  const joined = await accept(one, 'ada');
  expect(await answerOf('acceptInvitation', joined)).toMatchObject({
    workspace: { role: 'owner' },
  });
  const late = await accept(other, 'eve');
  expect(late.status).toBe(410);
  expect((await problemOf(late)).detail).toBe('It was revoked.');

  const next = await prepareFirstStart({ database, publicUrl });
  expect(next).toEqual({ workspaceId: world.workspaceId, setupUrl: undefined });
});

test('the local owner’s key is private, works, and is made again when it does not', async () => {
  await using world = await startPeopleWorld();
  const { database } = world.services;
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-owner-'));
  const path = join(folder, 'owner.key');
  const ensure = () => ensureOwnerKey(database, folder, world.workspaceId);
  const status = async (key: string | undefined) => {
    const headers = { authorization: `Bearer ${key}` };
    return (await fetch(`${world.url}/api/v1/workspace`, { headers })).status;
  };
  try {
    expect(await readOwnerKey(folder)).toBeUndefined();
    await ensure();
    const first = await readOwnerKey(folder);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await status(first)).toBe(200);
    const [row] = await world.rows<{ scopes: string[] }>('select scopes from api_keys');
    expect(row?.scopes).toEqual(Object.keys(scopeRoles));

    await chmod(path, 0o644);
    await ensure();
    expect(await readOwnerKey(folder)).toBe(first);
    expect((await stat(path)).mode & 0o777).toBe(0o600);

    await writeFile(path, 'half a key');
    await ensure();
    const second = await readOwnerKey(folder);
    expect(second).not.toBe(first);
    expect([await status(first), await status(second)]).toEqual([401, 200]);

    await world.rows('update api_keys set revoked_at = now()');
    await ensure();
    expect(await status(await readOwnerKey(folder))).toBe(200);
    expect((await readFile(path, 'utf8')).endsWith('\n')).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});
