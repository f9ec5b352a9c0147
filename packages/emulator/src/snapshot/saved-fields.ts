import { z } from 'zod';
import { LAST_INSTANT } from '../clock/last-instant.ts';

/** Longest time from now at which something is planned or ends: a refresh token of 10^10 seconds. */
const LONGEST_WAIT_MS = 1e13;

/** When something happened: whole milliseconds since 1970, up to the year 9999 and what is left of its last second. */
export const Instant = z
  .int()
  .min(0)
  .max(LAST_INSTANT + 999);

/** When something is due or ends, which the clock may never reach. */
export const DueInstant = z
  .int()
  .min(0)
  .max(LAST_INSTANT + LONGEST_WAIT_MS);

/** An instant as answers say it. */
export const IsoInstant = z.iso.datetime();

/** The `id` of an entry; the first one is 1. */
export const EntryId = z.int().min(1);

/** How many there are of something. */
export const Count = z.int().min(0);

/** Whether ids go on after those of the entries. */
export function coversIds(lastId: number, entries: readonly { readonly id: number }[]): boolean {
  return entries.every(({ id }) => id <= lastId);
}

/** What {@link coversIds} is about, for whoever reads the refusal. */
export const LAST_ID_TOO_SMALL = 'the last id is below the id of an entry';
