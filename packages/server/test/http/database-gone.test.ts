import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { type DatabaseProxy, startDatabaseProxy } from './support/database-proxy.ts';
import { startHttpServer } from './support/http-server.ts';

test('while the database is away requests get 503, and when it is back they work again', async () => {
  await using stack = new AsyncDisposableStack();
  let proxy: DatabaseProxy | undefined;
  const server = stack.use(
    await startHttpServer({
      way: async (databaseUrl) => {
        proxy = stack.use(await startDatabaseProxy(databaseUrl));
        return proxy.url;
      },
    }),
  );
  await server.api.getWorkspace();
  await proxy?.cut();
  for (let index = 0; index < 3; index += 1) {
    const answer = await fetch(`${server.url}/api/v1/workspace`, {
      headers: { authorization: `Bearer ${server.apiKey}` },
    });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(await answer.json()).toMatchObject({ code: 'unavailable' });
  }
  await proxy?.mend();
  expect(await server.api.getWorkspace()).toMatchObject({ id: server.workspaceId });
});

test('a connection that breaks in the middle is a 503, and nothing is stored', async () => {
  await using server = await startHttpServer();
  await server.rows(`create function die() returns trigger language plpgsql security definer
    as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$`);
  await server.rows(
    'create trigger die after insert on invitations for each row execute function die()',
  );
  const thrown = server.api.createInvitation({ role: 'viewer' }, { idempotencyKey: randomUUID() });
  await expect(thrown).rejects.toMatchObject({
    code: 'unavailable',
    isRetryable: true,
    retryAfterSeconds: 5,
  });
  await server.rows('drop trigger die on invitations');
  expect((await server.api.listInvitations()).items).toEqual([]);
  await server.api.createInvitation({ role: 'viewer' });
});
