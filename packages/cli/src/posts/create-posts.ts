import type { Client } from '@greenroom/contract';
import { CommandError, PartlyMadeError } from '../errors.ts';
import type { Recipient } from './judge-draft.ts';
import type { Post, PostInput } from './post-types.ts';

/**
 * Makes the post for each account.
 *
 * @throws {PartlyMadeError} If some were made when it failed, naming them.
 */
export async function createPosts(
  api: Client,
  accounts: readonly Recipient[],
  post: Omit<PostInput, 'account_id'>,
  signal: AbortSignal,
): Promise<Post[]> {
  const posts: Post[] = [];
  for (const { id: account_id } of accounts) {
    try {
      // Not handed to the request: nobody would know whether its post was made.
      if (signal.aborted) throw new CommandError('Interrupted before the post was made.');
      const idempotencyKey = crypto.randomUUID();
      posts.push(await api.createPost({ ...post, account_id }, { idempotencyKey }));
    } catch (error) {
      if (posts.length === 0) throw error;
      throw stopped(accounts, posts, error);
    }
  }
  return posts;
}

function stopped(
  accounts: readonly Recipient[],
  posts: readonly Post[],
  cause: unknown,
): PartlyMadeError {
  const ids = posts.map(({ id }) => id).join(' ');
  const made = posts.map(({ id }, index) => `${id} (${accounts[index]?.name})`).join(', ');
  const rest = accounts.slice(posts.length).map(({ name }) => name);
  return new PartlyMadeError(`It stopped at ${rest[0]}. Made before, and going on: ${made}.`, {
    posts,
    remedy: `Watch them with "greenroom posts watch ${ids}". For the rest, run the command again with --account ${rest.join(' ')}.`,
    cause,
  });
}
