import { expect, test } from 'vitest';
import { connect as openClient } from '../support/connect.ts';
import { comeBack, connect } from './support/connect.ts';
import { problemOf } from './support/problem.ts';
import { startWorld } from './support/world.ts';

/** Another database of the same engine, from where ours can be closed and opened. */
function besides(databaseUrl: string): { readonly url: string; readonly name: string } {
  const url = new URL(databaseUrl);
  const name = url.pathname.slice(1);
  url.pathname = '/template1';
  return { url: url.href, name };
}

test('the database goes away while TikTok is asked: nothing is half stored, and it works when it is back', async () => {
  await using world = await startWorld();
  const { workspace } = world;
  const callback = await comeBack(world, workspace);
  await world.tiktok.control.addFault({
    match: { path: '/v2/oauth/token/' },
    action: { delay_ms: 1_000 },
    times: 1,
  });
  const { name, url } = besides(world.databaseUrl);
  await using owner = await openClient(url);
  const completing = problemOf(workspace.api.completeConnection(callback));
  await expect
    .poll(() => world.rows('select from connections where used_at is not null'))
    .toHaveLength(1);
  await owner.client.query(`alter database ${name} connection limit 0`);
  await owner.client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
    [name],
  );
  expect(await completing).toMatchObject({ code: 'unavailable', status: 503 });
  await owner.client.query(`alter database ${name} connection limit -1`);
  await expect.poll(async () => (await workspace.api.listAccounts()).items).toEqual([]);
  expect(await world.rows('select from account_tokens')).toEqual([]);
  expect(await problemOf(workspace.api.completeConnection(callback))).toMatchObject({
    code: 'connection-used',
  });
  expect(await connect(world, workspace)).toMatchObject({ state: 'connected' });
  expect(world.logged.join('')).not.toMatch(/act\.|rft\./);
});
