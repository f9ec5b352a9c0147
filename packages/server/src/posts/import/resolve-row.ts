import type { MediaType } from '@greenroom/contract';
import type { AccountFacts } from '../../accounts/list-account-facts.ts';
import type { MediaRef, MediaToCheck, PostContent } from '../rules/post-content.ts';
import { areSame, type Catalog, isUrl } from './catalog.ts';
import type { ReadRow } from './read-row.ts';
import { blocking, type RowProblem } from './row-problem.ts';

/** A row whose names are known. */
export interface ResolvedRow {
  readonly content: PostContent & { readonly account_id: string };
  readonly account: AccountFacts;
  readonly media: readonly MediaToCheck[];
  /** Null: at once. */
  readonly publishAt: Date | null;
}

/** Finds what a row means by its names, or says which of them mean nothing, or more than one thing. */
export function resolveRow(
  { row, publishAt }: ReadRow,
  catalog: Catalog,
): ResolvedRow | readonly RowProblem[] {
  const account = findAccount(row.account, catalog);
  const media = row.media.map((name, index) => findMedia(name, `/media/${index}`, catalog));
  const problems = [account, ...media].flatMap((found) => ('words' in found ? found : []));
  if ('words' in account || problems.length > 0) return problems;
  const pieces = media.filter((found) => 'ref' in found);
  const { account: _name, time_zone: _zone, publish_at: _written, ...made } = row;
  return {
    content: {
      ...made,
      account_id: account.id,
      media: pieces.map(({ ref }) => ref),
      media_type: row.media_type ?? guessType(pieces),
    },
    account,
    media: pieces.flatMap(({ facts }) => facts ?? []),
    publishAt,
  };
}

function findAccount(name: string, { accounts }: Catalog): AccountFacts | RowProblem {
  const key = name.replace(/^@/, '').toLowerCase();
  const found = accounts.get(key) ?? [];
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const shown = JSON.stringify(name);
  if (only === undefined) {
    const words = `The workspace has no account ${shown}.`;
    return blocking('account_unknown', '/account', words, 'Connect it, or correct its name.');
  }
  const ids = found.map(({ id }) => id).join(', ');
  const words = `Several accounts are called ${shown}: ${ids}.`;
  return blocking('account_ambiguous', '/account', words, 'Name it by its id.');
}

interface Piece {
  readonly ref: MediaRef;
  readonly facts?: MediaToCheck;
}

function findMedia(name: string, pointer: string, catalog: Catalog): Piece | RowProblem {
  if (isUrl(name)) return findUrl(name, pointer);
  const found = catalog.media.get(name) ?? catalog.media.get(name.toLowerCase()) ?? [];
  const [newest] = found;
  const shown = JSON.stringify(name);
  if (newest === undefined) {
    const words = `The workspace has no media with the id, SHA-256 or file name ${shown}.`;
    return blocking('media_unknown', pointer, words, 'Upload it, or correct its name.');
  }
  if (!areSame(found)) {
    const words = `Several files are called ${shown}.`;
    return blocking('media_ambiguous', pointer, words, 'Name it by its id or its SHA-256.');
  }
  return { ref: { media_id: newest.id }, facts: newest };
}

function findUrl(name: string, pointer: string): Piece | RowProblem {
  if (URL.canParse(name)) return { ref: { url: name } };
  const words = `${JSON.stringify(name)} is no address.`;
  return blocking('media_url_unreadable', pointer, words, 'Correct the address.');
}

/** What a row without a `media_type` is: as its first media is, or as the address of it ends. */
function guessType([first]: readonly Piece[]): MediaType {
  if (first?.facts?.media_type != null) return first.facts.media_type;
  const path = first?.ref.url == null ? '' : new URL(first.ref.url).pathname;
  return /\.(jpe?g|webp)$/i.test(path) ? 'PHOTO' : 'VIDEO';
}
