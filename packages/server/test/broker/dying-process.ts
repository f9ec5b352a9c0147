import { openMember, type Site, TESTER } from './member.ts';

/** What a process that dies is told: where to work, on what, and after which step to die. */
export interface DyingOrder {
  readonly site: Site;
  readonly workspaceId: string;
  readonly accountId: string;
  readonly dieAfter: string;
}

// Only this file's own parent starts it, by exactly this argument.
const order = JSON.parse(process.argv[2] ?? '') as DyingOrder;
const member = await openMember(order.site, {
  observe: (step) => {
    if (step === order.dieAfter) process.kill(process.pid, 'SIGKILL');
  },
});
const { workspaceId, accountId } = order;
const use = { workspaceId, accountId, actor: TESTER, reason: 'die' };
await member.broker.clientFor(use).getUserInfo(['open_id']);
