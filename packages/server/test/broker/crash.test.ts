import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { DyingOrder } from './dying-process.ts';
import { Rig } from './rig.ts';

const PROCESS = fileURLToPath(new URL('./dying-process.ts', import.meta.url));

async function runUntilItDies(order: DyingOrder): Promise<void> {
  const flags = ['--conditions=@greenroom/source', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, PROCESS, JSON.stringify(order)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
}

test.each([
  { dieAfter: 'claimed', what: 'before the request', requests: 1, state: 'connected' },
  // The pair was in the dead process's memory and nowhere else: no rule of TikTok's gives it again.
  { dieAfter: 'answered', what: 'with the pair in hand', requests: 2, state: 'refresh_lost' },
  { dieAfter: 'stored', what: 'after the commit', requests: 1, state: 'connected' },
  { dieAfter: 'handed_out', what: 'before the use', requests: 1, state: 'connected' },
])('killed $what ($dieAfter): the account is $state', async ({ dieAfter, requests, state }) => {
  await using rig = await Rig.start();
  const { accountId, username } = await rig.connect();
  const { site, workspaceId } = rig;
  await rig.advance(3 * 3600);
  await runUntilItDies({ site, workspaceId, accountId, dieAfter });
  const call = rig.broker.clientFor(rig.use(accountId)).getUserInfo(['open_id']);
  if (state === 'connected') await call;
  else await expect(call).rejects.toMatchObject({ code: 'reconnect_needed', reason: state });
  expect(await rig.tokenRequests()).toBe(requests);
  const { refreshToken, leaseOwner } = await rig.read(accountId);
  expect(leaseOwner).toBeNull();
  const living = (await rig.living(username)).refresh;
  if (state === 'connected') expect(living).toEqual([refreshToken]);
  else expect(living).not.toContain(refreshToken);
});

test('a reconnect after a lost answer makes the account whole again', async () => {
  await using rig = await Rig.start();
  const { accountId } = await rig.connect();
  const { site, workspaceId } = rig;
  await rig.advance(3 * 3600);
  await runUntilItDies({ site, workspaceId, accountId, dieAfter: 'answered' });
  // The lease is free when PostgreSQL has noticed the death: at most the interval at which it looks.
  const sweep = () => rig.broker.sweep();
  await expect.poll(sweep, { timeout: 10_000 }).toMatchObject({ claimed: 1, refused: 1 });
  expect(await sweep()).toMatchObject({ claimed: 0 });
  await rig.reconnect(accountId, 'public_creator');
  await rig.broker.clientFor(rig.use(accountId)).getUserInfo(['open_id']);
  await rig.broker.refresh(rig.use(accountId));
  expect(await rig.readState(accountId)).toEqual({ state: 'connected', state_reason: null });
});
