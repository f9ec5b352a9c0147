/** Bytes that a `Range` header asks for; both ends inclusive. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Reads a `Range` header, as browsers send it to play a video.
 *
 * @returns The range, cut to the size; `undefined` when the whole is meant (no header, several ranges,
 * another unit); `unsatisfiable` when none of it is there.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#name-range-requests}
 */
export function parseRange(
  header: string | undefined,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  const [, from = '', to = ''] = match ?? [];
  if (match === null || (from === '' && to === '')) return undefined;
  // Without a start the number is how many bytes of the end are wanted.
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== '' && to !== '' && Number(to) < first) return undefined;
  return first > last ? 'unsatisfiable' : { first, last };
}
