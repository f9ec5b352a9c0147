/* A process that takes every slot of one window that it can get, and prints the moment of each. */
import { openDatabase } from '../../src/db/database.ts';
import { takeSlot } from '../../src/publishing/limits/slot-queries.ts';

/** What it is told. */
export interface HammerOrder {
  readonly url: string;
  readonly subject: string;
  readonly most: number;
  readonly lengthMs: number;
  readonly callers: number;
  readonly forMs: number;
}

// Only this file's own parent starts it, by exactly this argument.
const order = JSON.parse(process.argv[2] ?? '') as HammerOrder;
await using database = await openDatabase({ url: order.url, maxConnections: order.callers });
const window = {
  subject: Buffer.from(order.subject),
  endpoint: 'video/init',
  most: order.most,
  lengthMs: order.lengthMs,
};
process.stdout.write('ready\n');
const end = Date.now() + order.forMs;
const hammer = async () => {
  while (Date.now() < end) {
    const { takenAt } = await takeSlot(database, window);
    if (takenAt !== null) process.stdout.write(`${takenAt.getTime()}\n`);
  }
};
await Promise.all(Array.from({ length: order.callers }, hammer));
