import { openPresence } from '../../src/db/presence.ts';

// A process of its own, to be killed: it tells its number and waits.
const [url = ''] = process.argv.slice(2);
const presence = await openPresence({ url });
process.stdout.write(`${presence.number}\n`);
setInterval(() => undefined, 60_000);
