import { expect, test } from 'vitest';
import { addVideo, connectCreator, publish, startPublishing } from './support/publish-world.ts';

test('no post needs a second connection while it holds one: more begin at once than there are connections', async () => {
  await using world = await startPublishing({ GREENROOM_DATABASE_CONNECTIONS: '3' });
  const media = [{ media_id: (await addVideo(world)).id }];
  const accounts: string[] = [];
  for (let i = 0; i < 12; i++) accounts.push(await connectCreator(world, `at_once_${i}`));
  // What is known of the circuits is old by then: each that begins wants to read them.
  const quietSince = performance.now();
  await expect
    .poll(() => performance.now() - quietSince, { timeout: 5_000 })
    .toBeGreaterThan(1_500);
  const startedAt = performance.now();
  await Promise.all(accounts.map((account_id) => publish(world, { account_id, media })));
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  expect(world.test.logged.join('')).not.toContain('timeout exceeded when trying to connect');
}, 60_000);
