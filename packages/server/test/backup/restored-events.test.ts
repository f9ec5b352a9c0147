import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { watchEvents } from '../../src/activity/alerts/watch-events.ts';
import { backup } from '../../src/backup/backup.ts';
import { restore } from '../../src/backup/restore.ts';
import { type Database, inWorkspace, openDatabase } from '../../src/db/database.ts';
import { startThrowAwayEngine } from '../../src/db/engine/throw-away-engine.ts';
import { readEvents } from '../../src/events/read-events.ts';
import { fanOutEvents } from '../../src/webhooks/out/fan-out.ts';
import { happen } from '../events/support/listen.ts';
import { eventsSettled } from '../events/support/settled.ts';
import { type HttpServer, startHttpServer } from '../http/support/http-server.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import { createTestDatabase } from '../support/test-database.ts';

// A new engine counts its transactions from the beginning: what was restored would otherwise come after all that
// happens there, and readers of events, who follow the order of transactions, would miss it or stand still.

const { signal } = new AbortController();
const log = { error: () => undefined };

/** An installation with an endpoint: one event before it, one that was handed to it, and two that were not yet. */
async function makeHistory({ api, rows, services, workspaceId }: HttpServer) {
  const { database } = services;
  const before = await happen(database, workspaceId);
  // An endpoint starts behind what has settled: an event beside an open transaction of anybody would come to it, too.
  await eventsSettled(rows);
  await api.createWebhookEndpoint({ url: 'https://example.com/hook' });
  const delivered = await happen(database, workspaceId);
  await eventsSettled(rows);
  await fanOutEvents(services, signal);
  await watchEvents({ database, log }, signal);
  const waiting = [await happen(database, workspaceId), await happen(database, workspaceId)];
  // An engine that has counted far.
  const far = (column: string) => `${column} = (${column}::text::bigint + 9000000000)::text::xid8`;
  await rows(`update events set ${far('xid')}`);
  await rows(`update webhook_endpoints set ${far('position_xid')}`);
  await rows(`update event_followers set ${far('xid')}`);
  return { before, delivered, waiting };
}

/** Media of the events that were handed to the endpoint, in their order. */
async function handedOver(url: string): Promise<string[]> {
  const found = await askAsOwner<{ media: string }>(
    url,
    `select e.details->>'media_id' as media
      from webhook_deliveries d join events e on e.id = d.event_id order by e.xid, e.id`,
  );
  return found.map(({ media }) => media);
}

/** Media of the events behind a place. */
async function readBehind(database: Database, workspaceId: string, xid: string, id: number) {
  const { events } = await inWorkspace(database, workspaceId, (tx) =>
    readEvents(tx, { xid, id }, 100),
  );
  return events.flatMap(({ details }) => details['media_id'] ?? []);
}

test('after a restore, endpoints and followers of events go on where they stood, and miss nothing that happens next', {
  timeout: 90_000,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-restored-events-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const source = stack.use(await startHttpServer());
  const { workspaceId } = source;
  const { before, delivered, waiting } = await makeHistory(source);
  const file = join(folder, 'greenroom.backup');
  await backup({ url: source.databaseUrl, file });
  const engine = await startThrowAwayEngine({ major: 18 });
  stack.defer(() => engine.stop());
  const { url } = stack.use(await createTestDatabase({ ownerUrl: engine.url, isEmpty: true }));
  await restore({ url, file });
  const database = stack.use(await openDatabase({ url, maxConnections: 3 }));
  const rows = <Row extends object>(query: string) => askAsOwner<Row>(url, query);
  const fanOut = async () => {
    await eventsSettled(rows);
    await fanOutEvents({ database, log }, signal);
  };

  expect(await handedOver(url)).toEqual([delivered]);
  const [place] = await rows<{ xid: string; id: string }>(
    `select xid::text, event_id::text as id from event_followers where name = 'alerts'`,
  );
  const next = await happen(database, workspaceId);
  await fanOut();
  expect(await handedOver(url)).toEqual([delivered, ...waiting, next]);
  await fanOut();
  expect(await handedOver(url)).toHaveLength(4);

  const { id, xid } = place ?? { id: '-1', xid: '0' };
  expect(await readBehind(database, workspaceId, xid, Number(id))).toEqual([...waiting, next]);
  expect(await readBehind(database, workspaceId, '0', 0)).toEqual([
    before,
    delivered,
    ...waiting,
    next,
  ]);
});
