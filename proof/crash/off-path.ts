import type { AwaitSite } from './await-sites.ts';

/** Places that wait, and that no flow of a post comes to. */
interface OffPath {
  /** A source, or a folder with a slash at its end. */
  readonly where: string;
  /** The function; undefined: all of the source. */
  readonly within?: string;
  readonly reason: string;
}

/** Each with its reason. A place that a flow does come to has no business here: the proof fails. */
export const OFF_PATH: readonly OffPath[] = [
  {
    where: 'packages/sdk/src/oauth/',
    reason: 'tokens are the broker’s: proof:refresh kills there',
  },
];

/** Why no flow comes to a place; undefined: one should. */
export function findOffPathReason(site: AwaitSite): string | undefined {
  return OFF_PATH.find(({ where, within }) => {
    const isThere = where.endsWith('/') ? site.file.startsWith(where) : site.file === where;
    return isThere && (within === undefined || within === site.within);
  })?.reason;
}
