import { parentPort } from 'node:worker_threads';
import { Logging, LogLevel } from 'mediabunny';
import { unreadable } from './probe.ts';
import type { ProbeAnswer, ProbeOrder } from './probe-orders.ts';
import { probePhoto } from './probe-photo.ts';
import { probeVideo } from './probe-video.ts';

/** Entry of the worker that takes media apart, one order after the other. */
async function answer(order: ProbeOrder): Promise<ProbeAnswer> {
  const { kind, source } = order;
  try {
    return { probe: kind === 'video' ? await probeVideo(source) : await probePhoto(source) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { probe: unreadable(`The ${kind} could not be read: ${reason}`) };
  }
}

// What stands here runs in a thread that exists for nothing else.
const port = parentPort;
if (port === null) throw new Error('probe-worker runs as a worker thread only.');
port.on('message', (order: ProbeOrder) => {
  void answer(order).then((message) => port.postMessage(message));
});
// The probe says what is wrong with a file.
Logging.level = LogLevel.Silent;
port.postMessage('ready');
