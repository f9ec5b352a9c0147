import type { Visibility } from '../../posts/tables.ts';
import type { Statement } from './fact.ts';

/** What TikTok said last of each public id of a post, by the id. Column `posts.publications`. */
export type Publications = Readonly<Record<string, Publication>>;

/** What TikTok said last of one public id. */
interface Publication {
  readonly is_public: boolean;
  /** When it was so, ISO 8601. */
  readonly at: string;
}

/** What is known of the public ids after a fact. The later word about an id holds, whatever came first. */
export function withFact(before: Publications, fact: Statement & { at: Date }): Publications {
  if (fact.says === 'public') return withWord(before, fact.postId, true, fact.at);
  if (fact.says === 'not_public') return withWord(before, fact.postId, false, fact.at);
  if (fact.says !== 'complete') return before;
  return fact.postIds.reduce((all, id) => withWord(all, id, true, fact.at), before);
}

function withWord(before: Publications, id: string, isPublic: boolean, at: Date): Publications {
  const known = Object.hasOwn(before, id) ? before[id] : undefined;
  const said = { is_public: isPublic, at: at.toISOString() };
  // Events tell whole seconds: what was made public and removed within one is removed.
  const isEarlier = known !== undefined && (isPublic ? said.at <= known.at : said.at < known.at);
  return isEarlier ? before : { ...before, [id]: said };
}

/** The ids that everybody can see, the oldest first. */
export function listPublicIds(publications: Publications): string[] {
  return Object.keys(publications)
    .filter((id) => publications[id]?.is_public)
    .sort((one, two) => compareIds(one, two));
}

/** Who can see a published post, as far as TikTok has told. */
export function visibilityOf(
  publications: Publications,
  post: { readonly postMode: 'DIRECT_POST' | 'MEDIA_UPLOAD'; readonly privacyLevel: string | null },
): Visibility {
  const said = Object.values(publications);
  if (said.some(({ is_public }) => is_public)) return 'public';
  if (said.length > 0) return 'removed';
  // Of a draft the creator chooses in the app, and nobody tells what.
  if (post.postMode === 'MEDIA_UPLOAD') return 'pending';
  return post.privacyLevel === 'PUBLIC_TO_EVERYONE' ? 'pending' : 'private';
}

/** TikTok's ids grow with time, and are beyond what a number holds. */
function compareIds(one: string, two: string): number {
  if (one.length !== two.length) return one.length - two.length;
  if (one === two) return 0;
  return one < two ? -1 : 1;
}
