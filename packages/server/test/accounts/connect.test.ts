import { expect, test } from 'vitest';
import { connect } from './support/connect.ts';
import { startWorld } from './support/world.ts';

test('an account is connected, its name is shown, and a token is handed out', async () => {
  await using world = await startWorld();
  const account = await connect(world, world.workspace);
  expect(account).toMatchObject({ state: 'connected', health: { is_healthy: true, reasons: [] } });
  expect(account.username).toBe('public_creator');
});
