/** One of the processes whose callers all find an expired token at the same moment. */
import { openMember, TESTER } from '../../packages/server/test/broker/member.ts';
import { type Order, readOrder } from './orders.ts';

const CALLERS = 25;

const { site, workspaceId, accountIds } = readOrder<Order>();
const [accountId = ''] = accountIds;
await using member = await openMember(site);
const use = { workspaceId, accountId, actor: TESTER, reason: 'proof' };
const client = member.broker.clientFor(use);
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
const calls = Array.from({ length: CALLERS }, () => client.getUserInfo(['open_id']));
const served = (await Promise.allSettled(calls)).filter(({ status }) => status === 'fulfilled');
process.stdout.write(`${served.length}\n`);
process.stdin.destroy();
