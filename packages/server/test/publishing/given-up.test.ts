import { afterAll, beforeAll, expect, test } from 'vitest';
import { askAsOwner } from '../support/ask-as-owner.ts';
import {
  addVideo,
  attemptsOf,
  connectCreator,
  type PublishWorld,
  publish,
  startPublishing,
} from './support/publish-world.ts';

let world: PublishWorld;
beforeAll(async () => {
  world = await startPublishing();
  // A fault of ours that nothing heals: neither init's intent nor the end of an attempt can be stored.
  await askAsOwner(
    world.databaseUrl,
    `create function refuse() returns trigger language plpgsql as $$ begin raise 'a fault'; end $$;
     create trigger no_intent before update of init_sent_at on attempts for each row
       when (new.init_sent_at is not null) execute function refuse();
     create trigger no_end before update of state on attempts for each row
       when (new.state = 'ended') execute function refuse();`,
  );
});
afterAll(() => world[Symbol.asyncDispose]());

test('an attempt that cannot even be given up rests, longer and longer, and comes again', async () => {
  const account_id = await connectCreator(world, 'given_up');
  const media = [{ media_id: (await addVideo(world)).id }];
  const { id } = await publish(world, { account_id, media });
  const rests = async () => {
    const [attempt] = await askAsOwner<{ rests: boolean }>(
      world.databaseUrl,
      `select resume_at > app_now() + interval '30 seconds' as rests from attempts where post_id = $1`,
      [id],
    );
    return attempt?.rests;
  };
  await expect.poll(rests, { timeout: 20_000 }).toBe(true);
  const [before] = await attemptsOf(world, id);
  await askAsOwner(world.databaseUrl, 'drop trigger no_end on attempts');
  await world.test.moveClocks(300);
  await expect
    .poll(async () => (await world.api.getPost({ id })).reason?.code, { timeout: 20_000 })
    .toBe('greenroom_fault');
  expect((await attemptsOf(world, id))[0]?.runs).toBeGreaterThan(before?.runs ?? 0);
}, 60_000);
