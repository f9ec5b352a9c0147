/**
 * Loaded by `--import` before a server's own sources: puts the rewritten ones of the publish path in their place, and
 * dies at the `await` that the harness ordered.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import {
  type DeathOrder,
  type FromProcess,
  ORDER_VARIABLE,
  REWRITTEN_VARIABLE,
  RUNTIME,
  type ToProcess,
} from './orders.ts';

let order: DeathOrder | null = readFirstOrder();
let reached = new Set<string>();
/** How often the ordered place was come to since the order. */
let hits = 0;

Object.defineProperty(globalThis, RUNTIME, {
  value: { value: atValue, each: atEach, closing: atClosing, closed: atClosed },
});

// The harness wrote it: paths and codes.
const rewritten = new Map(
  Object.entries(
    JSON.parse(readFileSync(process.env[REWRITTEN_VARIABLE] ?? '', 'utf8')) as Record<
      string,
      string
    >,
  ),
);
registerHooks({
  load(url, context, nextLoad) {
    const source = url.startsWith('file:') ? rewritten.get(fileURLToPath(url)) : undefined;
    return source === undefined
      ? nextLoad(url, context)
      : { format: 'module', source, shortCircuit: true };
  },
});

process.on('message', (message: ToProcess) => {
  order = message.order;
  hits = 0;
  const answer: FromProcess = { id: message.id, reached: [...reached] };
  reached = new Set();
  process.send?.(answer);
});
// To listen for orders is no reason to live; and without a harness there is none at all.
process.channel?.unref();
process.on('disconnect', () => process.exit(1));

/** What an `await` waits for, as it is; with an order to die here, the last thing that this process sees. */
function atValue(site: string, value: unknown): unknown {
  reached.add(site);
  if (order?.site !== site) return value;
  hits += 1;
  const { hit, moment } = order;
  if (hits !== hit) return value;
  if (!isThenable(value)) {
    die();
    return value;
  }
  if (moment === 'pending') setImmediate(() => setImmediate(die));
  return value.then(
    (result) => {
      die();
      return result;
    },
    (error: unknown) => {
      die();
      throw error;
    },
  );
}

/** What a `for await` runs over: each step of it is a place to die in. */
function atEach<T>(site: string, list: AsyncIterable<T> | Iterable<T>): AsyncIterable<T> {
  const steps = (): AsyncIterator<T> | Iterator<T> =>
    Symbol.asyncIterator in list ? list[Symbol.asyncIterator]() : list[Symbol.iterator]();
  return {
    [Symbol.asyncIterator]: () => {
      const iterator = steps();
      return {
        next: async () => (await atValue(site, iterator.next())) as IteratorResult<T>,
        // A loop that is left early ends what it ran over, if that wants to know.
        ...(iterator.return === undefined
          ? {}
          : { return: async (value?: T) => (await iterator.return?.(value)) as IteratorResult<T> }),
      };
    },
  };
}

/** Disposed of right before the neighbour in its declaration. */
function atClosing(site: string): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      reached.add(site);
      if (order?.site !== site) return;
      hits += 1;
      if (order.moment !== 'pending' || hits !== order.hit) return;
      // The neighbour is asked to end only when this is over: two turns into that.
      setImmediate(() => setImmediate(die));
    },
  };
}

/** Disposed of right after the neighbour in its declaration. */
function atClosed(site: string): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      if (order?.site === site && hits === order.hit) die();
    },
  };
}

/** Ends this process as `kill -9` does, unless another one was first. */
function die(): void {
  if (order === null) return;
  const { claimFile, hit, moment, site } = order;
  order = null;
  try {
    const file = openSync(claimFile, 'wx');
    writeSync(file, JSON.stringify({ pid: process.pid, site, moment, hit }));
    closeSync(file);
  } catch (error) {
    if (Object(error).code === 'EEXIST') return;
    throw error;
  }
  process.kill(process.pid, 'SIGKILL');
  // The signal is taken on the way back from the system call; nothing of ours runs behind it.
  for (;;);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof Object(value).then === 'function';
}

function readFirstOrder(): DeathOrder | null {
  const text = process.env[ORDER_VARIABLE];
  // Only the harness sets it.
  return text === undefined ? null : (JSON.parse(text) as DeathOrder);
}
