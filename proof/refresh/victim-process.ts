/** A process that renews and uses tokens until it is killed. It says each step before it goes on. */
import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { RateLimiter } from '@greenroom/sdk';
import { openMember, TESTER } from '../../packages/server/test/broker/member.ts';
import { randomOf } from '../report.ts';
import { readOrder, type VictimOrder } from './orders.ts';

const CALLERS = 2;

const { site, workspaceId, accountIds, death, seed } = readOrder<VictimOrder>();
const random = randomOf(seed);
const unlimited: RateLimiter = { acquire: async () => {}, state: () => [] };
let seen = 0;
const { broker } = await openMember(site, {
  limiterFor: () => unlimited,
  random,
  observe: (step, accountId) => {
    // In the pipe before anything else happens: what is killed next, the parent knows where it was.
    writeSync(1, `${step} ${accountId}\n`);
    if (death.by !== 'itself' || step !== death.after) return;
    seen += 1;
    if (seen === death.nth) process.kill(process.pid, 'SIGKILL');
  },
});
writeSync(1, 'ready\n');

const sweeping = async () => {
  for (;;) {
    await broker.sweep({ concurrency: 1 }).catch(() => undefined);
    await pause(5);
  }
};
const calling = async () => {
  for (;;) {
    const accountId = accountIds[Math.floor(random() * accountIds.length)] ?? '';
    const use = { workspaceId, accountId, actor: TESTER, reason: 'proof' };
    const call = broker.clientFor(use).getUserInfo(['open_id']);
    await call.catch(() => undefined);
    await pause(random() * 20);
  }
};
await Promise.all([sweeping(), ...Array.from({ length: CALLERS }, calling)]);
