import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { GreenroomError } from '@greenroom/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { inWorkspace } from '../../src/db/database.ts';
import { deleteOldEvents } from '../../src/events/delete-old-events.ts';
import { streamEvents } from '../../src/events/event-stream.ts';
import { recordEvents } from '../../src/events/record-event.ts';
import { revokeApiKey } from '../../src/workspaces/api-keys.ts';
import { type HttpServer, startHttpServer } from '../http/support/http-server.ts';
import { happen, listen } from './support/listen.ts';

let server: HttpServer;
beforeAll(async () => {
  server = await startHttpServer();
});
afterAll(() => {
  // A fetch that was cut may leave a connection behind on which nothing was ever sent: it counts as busy.
  server.app.server.closeAllConnections();
  return server[Symbol.asyncDispose]();
});

// Of its own for each test: a listener begins where the oldest transaction of the whole server stands, and so may hear
// what a former test did last.
let workspaceId = '';
let apiKey = '';
beforeEach(async () => {
  workspaceId = await server.addWorkspace();
  apiKey = await server.addKey(workspaceId);
});

const own = () => ({ baseUrl: server.url, apiKey });
const ready = (listener: { readonly messages: readonly { readonly kind: string }[] }) =>
  expect.poll(() => listener.messages[0]?.kind).toBe('ready');

test('tells what happens in the workspace, in order, and nothing of another', async () => {
  const { database } = server.services;
  const other = await server.addWorkspace();
  await using listener = listen(own());
  await ready(listener);
  const first = await happen(database, workspaceId);
  await happen(database, other);
  const second = await happen(database, workspaceId);
  await expect.poll(listener.heard).toEqual([first, second]);
  expect(listener.messages[1]).toMatchObject({
    kind: 'event',
    event: { type: 'media.ready', post_id: null, details: { media_id: first } },
  });
});

test('is told within a moment, not by the look that is taken every two seconds', async () => {
  await using listener = listen(own());
  await ready(listener);
  // The first one may meet the moment in which the watch is made.
  await happen(server.services.database, workspaceId);
  await expect.poll(() => listener.heard().length).toBe(1);
  const startedAt = performance.now();
  await happen(server.services.database, workspaceId);
  await expect.poll(() => listener.heard().length, { interval: 5 }).toBe(2);
  expect(performance.now() - startedAt).toBeLessThan(1_500);
});

test('goes on behind the last event that was seen, and tells nothing twice', async () => {
  const { database } = server.services;
  const seen: string[] = [];
  let lastEventId: string | undefined;
  for (let turn = 0; turn < 3; turn += 1) {
    await using listener = listen({ ...own(), lastEventId });
    if (turn === 0) await ready(listener);
    seen.push(await happen(database, workspaceId));
    const expected = turn === 0 ? seen : seen.slice(-2);
    await expect.poll(listener.heard).toEqual(expected);
    lastEventId = listener.messages.at(-1)?.lastEventId;
    // Nobody listens to this one.
    await listener[Symbol.asyncDispose]();
    seen.push(await happen(database, workspaceId));
  }
});

test('an event whose transaction ends late is told, though later ones are there already', async () => {
  const { database } = server.services;
  await using listener = listen(own());
  await ready(listener);
  const late = randomUUID();
  let other = '';
  await inWorkspace(database, workspaceId, async (tx) => {
    // It has its number from its first write on; its events are written with its end.
    await sql`select pg_current_xact_id()`.execute(tx);
    await recordEvents(tx, [{ type: 'media.ready', details: { media_id: late } }]);
    other = await happen(database, workspaceId);
    // The later one is committed. To tell it now would be to lose the earlier one, or the order.
    await server.rows('select pg_sleep(0.3)');
    expect(listener.heard()).toEqual([]);
  });
  await expect.poll(listener.heard).toEqual([late, other]);
});

test('whatever the order of commits, a reader that stops and goes on hears each event once', async () => {
  const { database } = server.services;
  await using first = listen(own());
  await ready(first);
  const lastEventId = first.messages[0]?.lastEventId;
  const write = async () => {
    const mediaId = randomUUID();
    await inWorkspace(database, workspaceId, async (tx) => {
      await recordEvents(tx, [{ type: 'media.ready', details: { media_id: mediaId } }]);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
    });
    return mediaId;
  };
  const writers = Array.from({ length: 6 }, async () => {
    const made: string[] = [];
    for (let count = 0; count < 20; count += 1) made.push(await write());
    return made;
  });
  const all = (await Promise.all(writers)).flat();
  await expect.poll(() => first.heard().length).toBe(all.length);
  expect(new Set(first.heard())).toEqual(new Set(all));
  await using again = listen({ ...own(), lastEventId });
  await expect.poll(again.heard).toEqual(first.heard());
});

test('a place that this database does not have yet is told as a reset', async () => {
  await using listener = listen({ ...own(), lastEventId: '18446744073709551000-1' });
  await expect.poll(() => listener.messages[0]?.kind).toBe('reset');
  const id = await happen(server.services.database, workspaceId);
  await expect.poll(listener.heard).toEqual([id]);
});

test('a place before events that were deleted is told as a reset, and one behind them is not', async () => {
  const { database } = server.services;
  for (let count = 0; count < 3; count += 1) await happen(database, workspaceId);
  const places = await server.rows<{ place: string }>(
    `update events set at = at - interval '400 days' where workspace_id = $1
     returning xid || '-' || id as place`,
    [workspaceId],
  );
  await deleteOldEvents(database, { retentionDays: 90, limit: 2 });
  await deleteOldEvents(database, { retentionDays: 90, limit: 2 });
  const begins = async (options: { baseUrl: string; apiKey: string }, place = 0) => {
    await using listener = listen({ ...options, lastEventId: places[place]?.place });
    await expect.poll(() => listener.messages[0]?.kind).toBeDefined();
    return listener.messages[0]?.kind;
  };
  expect(await begins(own(), 0)).toBe('reset');
  expect(await begins(own(), 1)).toBe('reset');
  expect(await begins(own(), 2)).toBe('ready');
  // Nothing of another workspace is missing.
  const other = await server.addKey(await server.addWorkspace());
  expect(await begins({ baseUrl: server.url, apiKey: other }, 0)).toBe('ready');
});

test('finds its connection to the database again', async () => {
  const { database } = server.services;
  await using listener = listen(own());
  await ready(listener);
  const before = await happen(database, workspaceId);
  await expect.poll(listener.heard).toEqual([before]);
  const kill = `select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'greenroom-events' and datname = current_database()`;
  expect(await server.rows(kill)).toHaveLength(1);
  const after = await happen(database, workspaceId);
  await expect.poll(listener.heard).toEqual([before, after]);
  await expect
    .poll(() => server.rows(kill.replace('pg_terminate_backend(pid)', 'pid')), {
      timeout: 5_000,
    })
    .toHaveLength(1);
});

describe('refuses', () => {
  test.each([
    ['nobody', undefined, 401],
    ['a key that does not exist', `grk_${'x'.repeat(43)}`, 401],
  ])('%s', async (_who, key, status) => {
    await using listener = listen({ baseUrl: server.url, apiKey: key });
    expect(await listener.ended).toMatchObject({ status });
  });

  test('a key that may not read posts', async () => {
    const blind = await server.addKey(workspaceId, ['accounts:read']);
    await using listener = listen({ baseUrl: server.url, apiKey: blind });
    const error = await listener.ended;
    expect(error).toBeInstanceOf(GreenroomError);
    expect(error).toMatchObject({ status: 403, code: 'forbidden' });
  });

  test('unknown parameters, and more streams than a workspace may have', async () => {
    const headers = { authorization: `Bearer ${apiKey}` };
    const answer = await fetch(`${server.url}/api/v1/events?what=1`, { headers });
    expect(answer.status).toBe(400);
    const { liveEvents } = server.services;
    const streams = Array.from({ length: 100 }, () => liveEvents.listen(workspaceId));
    const refused = await fetch(`${server.url}/api/v1/events`, { headers });
    expect(refused.status).toBe(429);
    for (const stream of streams) stream.close();
  });
});

test('ends when the key is revoked', async () => {
  const { database } = server.services;
  const revoked = await server.addKey(workspaceId, ['posts:read']);
  await using listener = listen({ baseUrl: server.url, apiKey: revoked });
  await ready(listener);
  const [newest] = await server.rows<{ id: string }>(
    'select id from api_keys order by created_at desc, id limit 1',
  );
  const person = { kind: 'person', personId: 'ada', sessionId: 's', role: 'owner' } as const;
  await inWorkspace(database, workspaceId, (tx) =>
    revokeApiKey(tx, { ...person, workspaceId: workspaceId }, newest?.id ?? ''),
  );
  expect(await listener.ended).toMatchObject({ status: 401 });
});

test('shows signs of life, with the place to go on from', async () => {
  const abort = new AbortController();
  const answer = await fetch(`${server.url}/api/v1/events`, {
    headers: { authorization: `Bearer ${apiKey}` },
    signal: abort.signal,
  });
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  let text = '';
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  await vi.waitFor(
    async () => {
      text += (await reader?.read())?.value ?? '';
      expect(text).toMatch(/^id: \d+-0\nevent: ready\ndata: \{\}\n\n:\nid: \d+-0\n\n/);
    },
    { timeout: 10_000, interval: 1 },
  );
  abort.abort();
});

test('cuts a reader that takes nothing, and lets it resume', async () => {
  const { liveEvents, database } = server.services;
  let isCut = false;
  const plain = createServer((_request, answer) => {
    answer.writeHead(200);
    const times = { heartbeatMs: 60_000, accessMs: 60_000, slowReaderMs: 300, pollMs: 200 };
    const isAllowed = () => Promise.resolve(true);
    void streamEvents(answer, { live: liveEvents, workspaceId, last: undefined, isAllowed, times });
    answer.once('close', () => {
      isCut = !answer.writableFinished;
    });
  });
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  // It listens on TCP.
  const { port } = plain.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  socket.pause();
  await expect.poll(() => liveEvents.count(workspaceId)).toBeGreaterThan(0);
  const filler = 'x'.repeat(4_000);
  for (let round = 0; round < 60 && !isCut; round += 1) {
    await inWorkspace(database, workspaceId, (tx) =>
      recordEvents(
        tx,
        Array.from({ length: 100 }, () => ({
          type: 'media.refused' as const,
          details: { media_id: randomUUID(), reason: filler },
        })),
      ),
    );
  }
  await expect.poll(() => isCut, { timeout: 10_000 }).toBe(true);
  socket.destroy();
  await new Promise((resolve) => plain.close(resolve));
});
