import { constants } from 'node:os';

// A terminal sends Ctrl+C to the whole group, and the checkout's bin passes it on again: the same wish, told twice.
const ONE_WISH_MS = 500;

/** Aborts on the first SIGTERM or SIGINT, or when the process that started this one is gone; ends the process at the second. */
export function listenForStop(): AbortSignal {
  const stop = new AbortController();
  let askedAt: number | undefined;
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      const now = performance.now();
      if (askedAt !== undefined && now - askedAt > ONE_WISH_MS)
        process.exit(128 + constants.signals[name]);
      askedAt ??= now;
      stop.abort(name);
    });
  }
  // The checkout's bin starts this process and holds a channel to it.
  process.once('disconnect', () => stop.abort('disconnect'));
  process.channel?.unref();
  return stop.signal;
}
