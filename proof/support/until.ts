import { setTimeout as sleep } from 'node:timers/promises';

/** How long something is waited for. */
export interface Patience {
  /** What is waited for, in words. */
  readonly what: string;
  readonly timeoutMs: number;
  /** Between two looks. Default 50. */
  readonly everyMs?: number;
}

/** Something did not come in time. */
export class TooLate extends Error {
  override readonly name = 'TooLate';
}

/** Looks until there is something, and gives it. @throws {TooLate} */
export async function until<T>(
  look: () => Promise<T | undefined>,
  { what, timeoutMs, everyMs = 50 }: Patience,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new TooLate(`${what}: not within ${timeoutMs} ms`);
    await sleep(everyMs);
  }
}
