import { backup } from '../../src/backup/backup.ts';
import { restore } from '../../src/backup/restore.ts';

// A process of its own, with nothing in it but what is measured: it backs a database up, restores it into another one, and
// tells how much more bytes its buffers held meanwhile, without those that wait to be collected. Run by
// `node --expose-gc`.

/** With the garbage it is no less: to collect takes long, and is for what looks like too much. */
const SUSPICIOUS = 10_000_000;

const { SOURCE_URL = '', TARGET_URL = '', FILE = '' } = process.env;
const held = () => {
  globalThis.gc?.();
  return process.memoryUsage().arrayBuffers;
};
const start = held();
let peak = start;
const timer = setInterval(() => {
  const { arrayBuffers } = process.memoryUsage();
  if (arrayBuffers - start > SUSPICIOUS && arrayBuffers > peak) peak = Math.max(peak, held());
}, 50);
await backup({ url: SOURCE_URL, file: FILE });
await restore({ url: TARGET_URL, file: FILE });
clearInterval(timer);
process.stdout.write(`${peak - start}\n`);
