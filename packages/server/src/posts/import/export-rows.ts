import type { ImportRow } from '@greenroom/contract';
import { type AccountFacts, listAccountFacts } from '../../accounts/list-account-facts.ts';
import type { Transaction } from '../../db/database.ts';
import { findMediaByNames, type NamedMedia } from '../../media/find-media.ts';
import type { PostMedia, StoredPost } from '../get-post.ts';
import { areSame, indexAccounts, indexMedia, isUrl } from './catalog.ts';
import { LIST_SEPARATOR } from './columns.ts';

/** Writes posts as rows that an import reads back, here or in an installation with the same accounts and files. */
export async function toImportRows(
  tx: Transaction,
  posts: readonly StoredPost[],
  now: Date,
): Promise<ImportRow[]> {
  const accounts = await listAccountFacts(tx);
  const ids = posts.flatMap(({ media }) => media.flatMap(({ media_id }) => media_id ?? []));
  const own = await findMediaByNames(tx, [...new Set(ids)]);
  // Whatever else has the name of one of them: such a name means more than one thing.
  const named = await findMediaByNames(tx, [...new Set(own.map(({ file_name }) => file_name))]);
  const names = {
    accountById: new Map(accounts.map((account) => [account.id, account])),
    accounts: indexAccounts(accounts),
    mediaById: new Map(own.map((media) => [media.id, media])),
    media: indexMedia(named),
  };
  return posts.map((post) => toRow(post, names, now));
}

interface Names {
  readonly accountById: ReadonlyMap<string, AccountFacts>;
  readonly accounts: ReadonlyMap<string, readonly AccountFacts[]>;
  readonly mediaById: ReadonlyMap<string, NamedMedia>;
  readonly media: ReadonlyMap<string, readonly NamedMedia[]>;
}

function toRow(post: StoredPost, names: Names, now: Date): ImportRow {
  return {
    account: nameAccount(post.account_id, names),
    media: post.media.map((media) => nameMedia(media, names)),
    media_type: post.media_type,
    post_mode: post.post_mode,
    title: post.title,
    description: post.description,
    // The column takes what the API takes, whose schema has checked it.
    privacy_level: post.privacy_level as ImportRow['privacy_level'],
    disable_comment: post.disable_comment,
    disable_duet: post.disable_duet,
    disable_stitch: post.disable_stitch,
    commercial_disclosure: post.commercial_disclosure,
    brand_organic_toggle: post.brand_organic_toggle,
    brand_content_toggle: post.brand_content_toggle,
    is_aigc: post.is_aigc,
    auto_add_music: post.auto_add_music,
    video_cover_timestamp_ms: post.video_cover_timestamp_ms,
    photo_cover_index: post.photo_cover_index,
    publish_at: isDue(post, now) ? null : (post.publish_at?.toISOString() ?? null),
    time_zone: null,
  };
}

/** What waits behind its moment goes out at once. What has gone out keeps it, so that no import sends it again. */
function isDue({ publish_at: at, state }: StoredPost, now: Date): boolean {
  return (state === 'scheduled' || state === 'queued') && at !== null && at <= now;
}

/** The handle, where it means this account and no other. */
function nameAccount(id: string, { accountById, accounts }: Names): string {
  const username = accountById.get(id)?.username?.toLowerCase();
  const isClear = username !== undefined && accounts.get(username)?.length === 1;
  return isClear ? `@${username}` : id;
}

/** The file’s name, where it means these bytes and no others; else their SHA-256. */
function nameMedia({ media_id: id, url }: PostMedia, { media, mediaById }: Names): string {
  if (id === null) return url ?? '';
  const found = mediaById.get(id);
  if (found === undefined) return id;
  const { file_name: name, sha256 } = found;
  const isClear = isWritable(name) && areSame(media.get(name) ?? []);
  return isClear ? name : (sha256 ?? id);
}

function isWritable(name: string): boolean {
  return name === name.trim() && !name.includes(LIST_SEPARATOR) && !isUrl(name);
}
