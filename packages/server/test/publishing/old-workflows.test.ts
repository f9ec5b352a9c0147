import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { createLog } from '../../src/logging/log.ts';
import { PublishingEngine } from '../../src/publishing/engine/engine.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import {
  addVideo,
  attemptsOf,
  connectCreator,
  type PublishWorld,
  publish,
  startPublishing,
  untilState,
} from './support/publish-world.ts';

let world: PublishWorld;
beforeAll(async () => {
  world = await startPublishing();
});
afterAll(() => world[Symbol.asyncDispose]());

const rows = <Row extends object>(query: string, values: readonly unknown[] = []) =>
  askAsOwner<Row>(world.databaseUrl, query, values);

async function workflows(): Promise<string[]> {
  const found = await rows<{ id: string }>(
    'select workflow_uuid as id from dbos.workflow_status order by created_at',
  );
  return found.map(({ id }) => id);
}

test('workflows that ended an hour ago are forgotten, in portions; what is under way and what was posted stay', async () => {
  const account_id = await connectCreator(world, 'creator_of_many');
  const media = [{ media_id: (await addVideo(world)).id }];
  const posts: string[] = [];
  for (const title of ['one', 'two', 'three', 'four']) {
    const { id } = await publish(world, { account_id, media, title });
    await untilState(world, id, 'published');
    posts.push(id);
  }
  const ended = `select count(*)::int as count from dbos.workflow_status where status = 'SUCCESS'`;
  await expect.poll(() => rows(ended)).toEqual([{ count: 4 }]);
  const [first, second, third, fourth] = await workflows();
  // Its own sweep would forget them between here and there.
  await world.test.server.close();
  // The third is young; the fourth is as old, and has not ended.
  const back = `update dbos.workflow_status set completed_at = completed_at - 3700000 where workflow_uuid = any ($1)`;
  await rows(back, [[first, second, fourth]]);
  const enqueued = `update dbos.workflow_status set status = 'ENQUEUED', queue_name = 'nobody' where workflow_uuid = $1`;
  await rows(enqueued, [fourth]);

  await using database = await openDatabase({ url: world.databaseUrl, maxConnections: 2 });
  const log = createLog({ destination: { write: () => undefined } });
  const { databaseUrl } = world;
  const engine = await PublishingEngine.open({ database, databaseUrl, log, concurrency: 1 });
  expect(await engine.deleteOld(1)).toBe(1);
  expect(await engine.deleteOld(1)).toBe(1);
  expect(await engine.deleteOld(1)).toBe(0);
  await engine.close();
  expect(await workflows()).toEqual([third, fourth]);
  for (const id of posts) {
    expect(await attemptsOf(world, id)).toMatchObject([{ state: 'ended', outcome: 'accepted' }]);
  }
});
