/** An instant of a request's body; `null` stays `null`. */
export function toDate(instant: string | null): Date | null {
  return instant === null ? null : new Date(instant);
}
