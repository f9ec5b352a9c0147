import { setTimeout as sleep } from 'node:timers/promises';
import type { FolderLock } from './folder-lock.ts';
import { type Postmaster, type Start, signalServer, stopPostmaster } from './postmaster.ts';

/** The embedded database, running for this process alone. */
export interface Engine extends AsyncDisposable {
  /** Connection string of the owner, with the password. It stays the same when the server is restarted. */
  readonly url: string;
  /** Process id of the server. */
  readonly pid: number;
  /** As the server tells it: `18.4`. */
  readonly version: string;
  /** Whether the server was running already, left behind by a process that was killed. */
  readonly wasAdopted: boolean;
  /** Stops the server in order and gives the folder back. May be called twice. */
  stop(): Promise<void>;
}

/** What a running engine needs to be kept running. */
export interface Supervision {
  readonly start: Start;
  readonly postmaster: Postmaster;
  readonly wasAdopted: boolean;
  readonly lock: FolderLock;
  /** Starts the server again after it died. */
  readonly restart: () => Promise<Postmaster>;
  readonly onRestart: () => void;
}

/** Waits between attempts to start a server that died; the last one is repeated. */
const RESTART_DELAYS_MS = [50, 200, 500, 1000, 2000, 5000];

/**
 * Keeps the server running until it is stopped: one that dies (killed for memory, a full disk) is started again, as often
 * as it takes. It is told to stop when this process ends without having stopped it; only a `kill -9` leaves it running.
 */
export function superviseEngine(supervision: Supervision): Engine {
  const { start, lock } = supervision;
  const stopping = new AbortController();
  let current = supervision.postmaster;
  let isUp = true;
  const atExit = () => {
    // The number of a server that ended may belong to somebody else by now.
    if (isUp) signalServer(current.pid, 'SIGINT');
  };
  process.once('exit', atExit);
  const kept = keep();
  let stopped: Promise<void> | undefined;

  async function keep(): Promise<void> {
    for (;;) {
      await Promise.race([current.ended, aborted(stopping.signal)]);
      if (stopping.signal.aborted) return;
      isUp = false;
      supervision.onRestart();
      const next = await restart();
      if (next === undefined) return;
      current = next;
      isUp = true;
    }
  }

  async function restart(): Promise<Postmaster | undefined> {
    for (let failures = 0; !stopping.signal.aborted; failures += 1) {
      try {
        return await supervision.restart();
      } catch {
        const delay = RESTART_DELAYS_MS[failures] ?? RESTART_DELAYS_MS.at(-1);
        await sleep(delay, undefined, { ref: false, signal: stopping.signal }).catch(
          () => undefined,
        );
      }
    }
    return undefined;
  }

  async function stopOnce(): Promise<void> {
    stopping.abort();
    await kept;
    await stopPostmaster(start.runner, start.layout, current.pid);
    process.off('exit', atExit);
    await lock.release();
  }

  const stop = async (): Promise<void> => {
    stopped ??= stopOnce();
    await stopped;
  };
  return {
    url: start.url,
    get pid() {
      return current.pid;
    },
    version: start.runner.binaries.version,
    wasAdopted: supervision.wasAdopted,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
