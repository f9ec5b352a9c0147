/**
 * Reads a `Retry-After` header, in seconds or as an HTTP date, as milliseconds from now; nothing
 * if it is missing or cannot be read. TikTok documents none, but a proxy may send one.
 */
export function readRetryAfterMs(header: string | null, now: Date): number | undefined {
  const value = header?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // Anything but a date with letters would be read as a year by some engines.
  const instant = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(instant) ? undefined : Math.max(0, instant - now.getTime());
}
