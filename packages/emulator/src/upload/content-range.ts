/** What a `Content-Range` header of an upload says. */
export interface ContentRange {
  /** First byte of the chunk, from 0. */
  readonly first: number;
  /** Last byte of the chunk, inclusive. */
  readonly last: number;
  /** Size of the whole file, in bytes. */
  readonly total: number;
}

const pattern = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/;

/**
 * Finds the range in a `Content-Range` header, or nothing when the header is malformed: another
 * unit, an unknown total, a range that is backwards or ends outside of the file.
 */
export function findContentRange(header: string | undefined): ContentRange | undefined {
  const match = header === undefined ? null : pattern.exec(header.trim());
  if (match === null) return undefined;
  const [first = 0, last = 0, total = 0] = match.slice(1).map(Number);
  if (last < first || last >= total || !Number.isSafeInteger(total)) return undefined;
  return { first, last, total };
}
