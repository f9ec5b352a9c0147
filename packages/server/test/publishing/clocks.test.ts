import { afterEach, expect, test, vi } from 'vitest';
import { askAsOwner } from '../support/ask-as-owner.ts';
import {
  addVideo,
  connectCreator,
  publish,
  startPublishing,
  untilState,
} from './support/publish-world.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test("the machine's clock is set back by an hour: attempts are taken all the same", async () => {
  await using world = await startPublishing();
  const account_id = await connectCreator(world, 'back_in_time');
  const media = [{ media_id: (await addVideo(world)).id }];
  const now = Date.now.bind(Date);
  vi.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000);
  const { id } = await publish(world, { account_id, media });
  await untilState(world, id, 'published', 30_000);
}, 60_000);

test('the clock of the database was a day ahead for a moment: nothing waits until then', async () => {
  await using world = await startPublishing();
  const account_id = await connectCreator(world, 'a_day_ahead');
  const media = [{ media_id: (await addVideo(world)).id }];
  const { databaseUrl } = world;
  const ahead = `app_now() + interval '1 day'`;
  const first = await publish(world, { account_id, media });
  await untilState(world, first.id, 'published');
  await askAsOwner(databaseUrl, `update cap_uses set taken_at = ${ahead}`);
  await askAsOwner(databaseUrl, `update posts set next_poll_at = ${ahead} where id = $1`, [
    first.id,
  ]);
  await askAsOwner(
    databaseUrl,
    `insert into circuits (subject, state, failures, retry_at, changed_at)
     values ('tiktok', 'open', 9, ${ahead} + interval '1 minute', ${ahead})`,
  );
  await askAsOwner(
    databaseUrl,
    `insert into learned_caps (subject, cap, not_before, holds_until, learned_at)
     select creator, cap, ${ahead} + interval '1 day', ${ahead} + interval '1 day', ${ahead} from cap_uses`,
  );
  await expect
    .poll(
      async () => {
        const [row] = await askAsOwner<{ count: number }>(
          databaseUrl,
          `select (select count(*) from posts where next_poll_at > app_now() + interval '7 hours')::int
          + (select count(*) from cap_uses where taken_at > app_now())::int
          + (select count(*) from learned_caps where learned_at > app_now())::int
          + (select count(*) from circuits where changed_at > app_now())::int as count`,
        );
        return row?.count;
      },
      { timeout: 5_000 },
    )
    .toBe(0);
  const inAnHour = new Date(Date.now() + 3_600_000);
  const second = await publish(world, { account_id, media }, inAnHour);
  await askAsOwner(
    databaseUrl,
    `update posts set state = 'queued', queued_at = app_now(), publish_at = app_now(),
       not_before = ${ahead}, wait_reason = 'rate_limit' where id = $1`,
    [second.id],
  );
  await untilState(world, second.id, 'published', 30_000);
}, 90_000);
