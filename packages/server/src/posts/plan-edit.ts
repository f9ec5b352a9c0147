import { isDeepStrictEqual } from 'node:util';
import type { BodyOf, Operations } from '@greenroom/contract';
import type { StoredPost } from './get-post.ts';
import type { PostContent } from './rules/post-content.ts';
import { toDate } from './to-date.ts';

/** What a change makes of a post. */
export interface Edit {
  /** The post as it will be; without consent if what was agreed to has changed. */
  readonly post: StoredPost;
  /** What differs of its content. */
  readonly content: Partial<PostContent>;
  /** Names of all that differs. */
  readonly fields: readonly string[];
}

/** Plans a change: what of the request differs from the post as it stands. */
export function planEdit(post: StoredPost, body: BodyOf<Operations['updatePost']>): Edit {
  const { version: _v, consent: _c, allow_duplicate: _a, publish_at: moment, ...given } = body;
  const entries = Object.entries(given).filter(
    ([name, value]) => value !== undefined && !isSame(value, post[name as keyof typeof given]), // as: the body's own names
  );
  const content: Partial<PostContent> = Object.fromEntries(entries);
  const publishAt = moment === undefined ? post.publish_at : toDate(moment);
  const isMoved = publishAt?.getTime() !== post.publish_at?.getTime();
  return {
    post: {
      ...post,
      ...content,
      media: content.media === undefined ? post.media : content.media.map(toStored),
      publish_at: publishAt,
      consent: entries.length > 0 ? null : post.consent,
    },
    content,
    fields: [...entries.map(([name]) => name), ...(isMoved ? ['publish_at'] : [])],
  };
}

function isSame(wanted: unknown, present: unknown): boolean {
  // Only media is a list; as it is stored, a piece of it has both names.
  const value = Array.isArray(wanted) ? wanted.map(toStored) : wanted;
  return isDeepStrictEqual(value, present);
}

function toStored({ media_id = null, url = null }: PostContent['media'][number]) {
  return { media_id, url };
}
