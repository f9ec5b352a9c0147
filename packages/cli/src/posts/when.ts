import { UsageError } from '../errors.ts';

/** When a post is to go out, as people write it. */
export interface WhenOptions {
  readonly at?: string | undefined;
  readonly timeZone?: string | undefined;
}

/**
 * The moment that somebody names, in the zone of this machine unless another is named. Undefined: none is named.
 *
 * @throws {UsageError} If it is none, or not just one.
 */
export async function readWhen({
  at,
  flag = '--at',
  timeZone,
}: WhenOptions & { readonly flag?: string }): Promise<string | undefined> {
  if (at === undefined) {
    if (timeZone !== undefined) throw new UsageError('--time-zone goes with --at.');
    return undefined;
  }
  const { readMoment } = await import('@greenroom/contract/local-time');
  const moment = readMoment(at, timeZone, localZone());
  if (moment instanceof Date) return moment.toISOString();
  throw new UsageError(`${flag}: ${moment.words} ${moment.remedy}`);
}

function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
