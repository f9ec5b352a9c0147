import type { Rig } from '../../packages/server/test/broker/rig.ts';
import { startChild } from './child.ts';

const PROCESSES = 4;

/** What came of many callers who found an expired token at once. */
export interface CallersOutcome {
  /** Processes, and callers in all of them. */
  readonly processes: number;
  readonly callers: number;
  /** Callers whose call to TikTok succeeded. */
  readonly served: number;
  /** Requests for new tokens that TikTok saw. */
  readonly refreshes: number;
}

/** Lets 100 callers in 4 processes use an account whose token has expired, at the same moment. */
export async function runCallers(rig: Rig): Promise<CallersOutcome> {
  const { accountId } = await rig.connect('everybodys');
  await rig.advance(3 * 3600);
  const before = await rig.tokenRequests();
  const { site, workspaceId } = rig;
  const order = { site, workspaceId, accountIds: [accountId] };
  const children = Array.from({ length: PROCESSES }, () => startChild('caller-process.ts', order));
  await Promise.all(children.map(isReady));
  let served = 0;
  for (const child of children) {
    child.onLine((line) => {
      if (line !== 'ready') served += Number(line);
    });
    child.process.stdin?.write('go\n');
  }
  await Promise.all(children.map(({ ended }) => ended));
  const refreshes = (await rig.tokenRequests()) - before;
  // What follows has accounts of its own.
  await rig.broker.revoke(rig.use(accountId));
  return { processes: PROCESSES, callers: PROCESSES * 25, served, refreshes };
}

function isReady(child: ReturnType<typeof startChild>): Promise<void> {
  return new Promise((resolve, reject) => {
    child.onLine((line) => {
      if (line === 'ready') resolve();
    });
    child.ended.then(() => reject(new Error('A caller ended before it was ready')), reject);
  });
}
