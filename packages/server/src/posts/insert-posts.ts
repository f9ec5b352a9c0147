import { randomUUID } from 'node:crypto';
import type { PostState } from '@greenroom/contract';
import type { Actor } from '../activity/record.ts';
import { preparedQuery, type Transaction } from '../db/transaction.ts';
import { recordEvents } from '../events/record-event.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { ReasonCode } from './reasons.ts';
import type { PostContent } from './rules/post-content.ts';
import type { Consent, StateDetails } from './tables.ts';
import { requireTransition } from './transitions.ts';

/** A post that is to be stored. */
export interface NewPost {
  /** What it is made with; account and media exist in the workspace. */
  readonly content: PostContent & { readonly account_id: string };
  /** Where it begins: as a draft, or where scheduling brings a draft at once. */
  readonly state: Extract<PostState, 'draft' | 'held' | 'scheduled'>;
  /** Why it is `held` or `scheduled`. */
  readonly reason?: ReasonCode | undefined;
  /** Facts of the reason. */
  readonly details?: StateDetails | undefined;
  /** Who agreed to what. */
  readonly consent?: Consent | null | undefined;
  /** Of what is agreed to. */
  readonly contentHash?: Buffer | undefined;
  /** Null: at once. */
  readonly publishAt: Date | null;
  /** The import that it comes from. */
  readonly importId?: string | undefined;
}

/**
 * Stores posts, a thousand as cheaply as one: two statements, and one for each kind of event.
 *
 * A post that begins as `scheduled` or `held` was a draft on the way, and its events say so.
 *
 * @returns Their ids, in order.
 */
export async function insertPosts(
  tx: Transaction,
  actor: Actor,
  posts: readonly NewPost[],
): Promise<string[]> {
  const stored = posts.map((post) => ({ ...post, id: randomUUID() }));
  const rows = stored.map((post) => toRow(post, actor));
  await tx.executeQuery(preparedQuery('insert_posts', INSERT_POSTS, [JSON.stringify(rows)]));
  await insertPostMedia(tx, stored);
  await recordBirths(tx, stored);
  return stored.map(({ id }) => id);
}

/**
 * Stores the media of posts, in their order.
 *
 * @throws {ProblemError} `post-invalid` if a piece of it was deleted since it was looked at.
 */
export async function insertPostMedia(
  tx: Transaction,
  posts: readonly { readonly id: string; readonly content: Pick<PostContent, 'media'> }[],
): Promise<void> {
  const rows = posts.flatMap(({ id, content }) =>
    content.media.map(({ media_id = null, url = null }, position) => ({
      post_id: id,
      position,
      media_id,
      url,
    })),
  );
  if (rows.length === 0) return;
  try {
    await tx.executeQuery(preparedQuery('insert_post_media', INSERT_MEDIA, [JSON.stringify(rows)]));
  } catch (error) {
    if (!isMediaGone(error)) throw error;
    throw new ProblemError('post-invalid', 'A piece of its media has just been deleted.');
  }
}

function isMediaGone(error: unknown): boolean {
  return (
    error instanceof Error &&
    'constraint' in error &&
    error.constraint === 'post_media_media_id_fkey'
  );
}

type StoredNewPost = NewPost & { readonly id: string };

function toRow(post: StoredNewPost, actor: Actor): Record<string, unknown> {
  const { content, consent, contentHash, details, importId, publishAt, reason, state } = post;
  const { media: _, ...made } = content;
  return {
    ...made,
    id: post.id,
    state,
    state_reason: reason,
    state_details: details ?? {},
    consent: consent ?? null,
    publish_at: publishAt,
    content_hash: contentHash?.toString('hex'),
    created_by_kind: actor.kind,
    created_by_id: actor.id,
    import_id: importId,
  };
}

async function recordBirths(tx: Transaction, posts: readonly StoredNewPost[]): Promise<void> {
  await recordEvents(
    tx,
    posts.map(({ id, content }) => ({
      type: 'post.created',
      postId: id,
      accountId: content.account_id,
      details: { state: 'draft' },
    })),
  );
  const moved = posts.filter(({ state }) => state !== 'draft');
  for (const { state } of moved) requireTransition('draft', state);
  await recordEvents(
    tx,
    moved.map(({ id, content, state, reason = state, details = {} }) => ({
      type: 'post.state_changed',
      postId: id,
      accountId: content.account_id,
      details: { from: 'draft', to: state, reason, ...details },
    })),
  );
}

const INSERT_POSTS = `
insert into posts (id, workspace_id, account_id, state, state_reason, state_details, media_type, post_mode,
  title, description, privacy_level, disable_comment, disable_duet, disable_stitch, commercial_disclosure,
  brand_organic_toggle, brand_content_toggle, is_aigc, auto_add_music, video_cover_timestamp_ms,
  photo_cover_index, consent, publish_at, content_hash, created_by_kind, created_by_id, import_id)
select p.id, current_workspace(), p.account_id, p.state, p.state_reason, p.state_details, p.media_type, p.post_mode,
  p.title, p.description, p.privacy_level, p.disable_comment, p.disable_duet, p.disable_stitch, p.commercial_disclosure,
  p.brand_organic_toggle, p.brand_content_toggle, p.is_aigc, p.auto_add_music, p.video_cover_timestamp_ms,
  p.photo_cover_index, p.consent, p.publish_at, decode(p.content_hash, 'hex'), p.created_by_kind, p.created_by_id, p.import_id
from json_to_recordset($1) as p (id uuid, account_id uuid, state text, state_reason text, state_details jsonb,
  media_type text, post_mode text, title text, description text, privacy_level text, disable_comment boolean,
  disable_duet boolean, disable_stitch boolean, commercial_disclosure boolean, brand_organic_toggle boolean,
  brand_content_toggle boolean, is_aigc boolean, auto_add_music boolean, video_cover_timestamp_ms int,
  photo_cover_index int, consent jsonb, publish_at timestamptz, content_hash text, created_by_kind text,
  created_by_id text, import_id uuid)`;

const INSERT_MEDIA = `
insert into post_media (post_id, workspace_id, position, media_id, url)
select m.post_id, current_workspace(), m.position, m.media_id, m.url
from json_to_recordset($1) as m (post_id uuid, position int, media_id uuid, url text)`;
