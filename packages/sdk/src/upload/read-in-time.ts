import { orAborted } from '../abort.ts';
import { TikTokUploadError } from '../errors.ts';

/**
 * Reads of a source for so long at most, also where it listens to no signal. The signal that it is
 * given ends with the reading, so that nothing stays on one that lives on.
 *
 * @throws {TikTokUploadError} `source_failed` when the time is over.
 */
export async function readInTime<T>(
  ms: number,
  signal: AbortSignal | undefined,
  read: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const both = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
  const cause = `nothing was read within ${ms} ms`;
  const expire = () => over.abort(new TikTokUploadError({ code: 'source_failed', cause }));
  const timer = setTimeout(expire, ms);
  try {
    return await orAborted(read(both), both);
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}
