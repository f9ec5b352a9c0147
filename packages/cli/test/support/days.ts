const DAY_MS = 86_400_000;

/** The date so many days from now, in UTC. What is scheduled lies ahead, and within a year: no date can be written down. */
export function daysAhead(days: number): string {
  return toDate(Date.now() + days * DAY_MS);
}

/** A guide whose dates are moved, all by as many days: the first of them is a month ahead. */
export function withDatesAhead(guide: string): string {
  const dates = [...guide.matchAll(DATE)].map(([date]) => Date.parse(date));
  const movedBy = Date.parse(daysAhead(30)) - Math.min(...dates);
  return guide.replaceAll(DATE, (date) => toDate(Date.parse(date) + movedBy));
}

const DATE = /\b20\d\d-\d\d-\d\d(?=[ T]\d\d:\d\d)/g;

function toDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
