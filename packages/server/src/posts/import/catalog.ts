import { type AccountFacts, listAccountFacts } from '../../accounts/list-account-facts.ts';
import type { Transaction } from '../../db/database.ts';
import { findMediaByNames, type NamedMedia } from '../../media/find-media.ts';
import { getMediaFacts } from '../../media/media-facts.ts';
import type { MediaToCheck } from '../rules/post-content.ts';
import type { ReadRow } from './read-row.ts';

/** What the rows of an import may mean by the names of accounts and media. */
export interface Catalog {
  /** By id, and by handle in lower case. */
  readonly accounts: ReadonlyMap<string, readonly AccountFacts[]>;
  /** By id, by SHA-256 in hex and by file name; the newest first. */
  readonly media: ReadonlyMap<string, readonly MediaToCheck[]>;
}

/** Reads everything that rows name, in a few statements however many rows there are. */
export async function readCatalog(tx: Transaction, rows: readonly ReadRow[]): Promise<Catalog> {
  const names = rows.flatMap(({ row }) => row.media).filter((name) => !isUrl(name));
  const named = await findMediaByNames(tx, [...new Set(names)]);
  const facts = await getMediaFacts(
    tx,
    named.map(({ id }) => id),
  );
  const byId = new Map(facts.map((one) => [one.id, one]));
  return {
    accounts: indexAccounts(await listAccountFacts(tx)),
    media: mapLists(indexMedia(named), ({ id }) => byId.get(id) ?? []),
  };
}

/** Accounts by everything that a row may call them: the id, and the handle in lower case. */
export function indexAccounts(accounts: readonly AccountFacts[]): Map<string, AccountFacts[]> {
  return index(accounts, ({ id, username }) => [id, username?.toLowerCase()]);
}

/** Files by everything that a row may call them: the id, the SHA-256 in hex, the file name. */
export function indexMedia(media: readonly NamedMedia[]): Map<string, NamedMedia[]> {
  return index(media, ({ id, sha256, file_name }) => [id, sha256 ?? undefined, file_name]);
}

/** Whether files that have one name are one: the same bytes under the same name are the same media. */
export function areSame(media: readonly Pick<NamedMedia, 'id' | 'sha256'>[]): boolean {
  return new Set(media.map(({ id, sha256 }) => sha256 ?? id)).size === 1;
}

/** Whether a name of media is an address. */
export function isUrl(name: string): boolean {
  return /^https?:\/\//i.test(name);
}

function index<Entry>(
  entries: readonly Entry[],
  keysOf: (entry: Entry) => readonly (string | undefined)[],
): Map<string, Entry[]> {
  const found = new Map<string, Entry[]>();
  for (const entry of entries) {
    for (const key of new Set(keysOf(entry))) {
      if (key === undefined) continue;
      const list = found.get(key);
      if (list === undefined) found.set(key, [entry]);
      else list.push(entry);
    }
  }
  return found;
}

function mapLists<Entry, Other>(
  lists: ReadonlyMap<string, readonly Entry[]>,
  toOther: (entry: Entry) => Other | readonly Other[],
): Map<string, Other[]> {
  // `flatMap` takes one or many.
  return new Map([...lists].map(([key, list]) => [key, list.flatMap(toOther)]));
}
