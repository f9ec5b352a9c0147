import { findAccountFacts } from '../accounts/find-account-facts.ts';
import type { Transaction } from '../db/database.ts';
import { ProblemError } from '../http/problem-error.ts';
import { getMediaFacts, type MediaFacts } from '../media/media-facts.ts';
import type { PostContent, PostToCheck } from './rules/post-content.ts';

/** What the database says of the things that a post refers to. */
export type StoredFacts = Required<Pick<PostToCheck, 'account' | 'app'>> & {
  readonly media: readonly MediaFacts[];
};

/**
 * Reads what the rules judge a post by: its account, the app of that, and its media, as far as it is still there.
 *
 * @throws {ProblemError} `post-invalid` if the workspace has no such account.
 */
export async function readFacts(
  tx: Transaction,
  accountId: string,
  { media }: Pick<PostContent, 'media'>,
): Promise<StoredFacts> {
  const mediaIds = media.flatMap(({ media_id: id }) => id ?? []);
  const [account, facts] = await Promise.all([
    findAccountFacts(tx, accountId),
    getMediaFacts(tx, mediaIds),
  ]);
  if (account === undefined) throw unknownReference('/account_id', 'account');
  return { account, app: { isAudited: account.is_audited }, media: facts };
}

/**
 * Reads the same for a post that is about to be stored, which must not name what there is not.
 *
 * @throws {ProblemError} `post-invalid` if the workspace has no such account, or no such media.
 */
export async function readReferences(
  tx: Transaction,
  accountId: string,
  post: Pick<PostContent, 'media'>,
): Promise<StoredFacts> {
  const facts = await readFacts(tx, accountId, post);
  const unknown = post.media.findIndex(
    ({ media_id: id }) => id != null && !facts.media.some((one) => one.id === id),
  );
  if (unknown >= 0) throw unknownReference(`/media/${unknown}/media_id`, 'media');
  return facts;
}

function unknownReference(pointer: string, kind: string): ProblemError {
  const detail = `The workspace has no ${kind} with this id.`;
  return new ProblemError('post-invalid', detail, { errors: [{ in: 'body', pointer, detail }] });
}
