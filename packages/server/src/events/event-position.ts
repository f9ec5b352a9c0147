/**
 * A place in the order of events: the transaction that wrote one, and its number. Nothing that was read up to a
 * place can be followed by something before it.
 */
export interface EventPosition {
  /** PostgreSQL's 64-bit transaction id, as text: it may not fit a number. */
  readonly xid: string;
  readonly id: number;
}

/** A position as `Last-Event-ID` carries it. */
export function formatPosition({ xid, id }: EventPosition): string {
  return `${xid}-${id}`;
}

/** Reads what {@link formatPosition} wrote; `undefined` for anything else. */
export function parsePosition(text: string): EventPosition | undefined {
  const match = /^(\d{1,20})-(\d{1,15})$/.exec(text);
  const [, xid = '', id = ''] = match ?? [];
  if (match === null || BigInt(xid) > LARGEST_XID) return undefined;
  return { xid, id: Number(id) };
}

const LARGEST_XID = 2n ** 64n - 1n;
