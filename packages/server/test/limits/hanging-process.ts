/* A process that takes a slot for a call which never ends, for a test that kills it in the middle. */
import { openDatabase } from '../../src/db/database.ts';
import { SLOW_CALL_MS } from '../../src/publishing/limits/rate-window.ts';
import { takeSlot } from '../../src/publishing/limits/slot-queries.ts';
import { UsedSlot } from '../../src/publishing/limits/used-slot.ts';

const [url = '', subject = ''] = process.argv.slice(2);
const database = await openDatabase({ url, maxConnections: 1 });
const window = { subject: Buffer.from(subject), endpoint: 'video/init', most: 6, lengthMs: 61_000 };
const { takenAt } = await takeSlot(database, window);
if (takenAt === null) throw new Error('A new window has a slot');
new UsedSlot({ database, log: { warn: () => {} }, window, takenAt, afterMs: SLOW_CALL_MS });
setInterval(() => undefined, 1_000);
