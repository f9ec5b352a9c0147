import type { CliContext } from '../context.ts';
import { findId } from '../find-account.ts';
import { toTable } from '../output.ts';
import type { Post, PostState } from './post-types.ts';
import { stateWords } from './post-words.ts';
import { readWhen } from './when.ts';

/** Which posts are listed. */
export interface PostFilter {
  readonly state?: PostState;
  readonly account?: string;
  readonly from?: string;
  readonly to?: string;
}

/** The filter as the API takes it. */
export async function toQuery(
  context: CliContext,
  { account, from, state, to }: PostFilter,
): Promise<{
  readonly state?: PostState;
  readonly account_id?: string;
  readonly publish_from?: string;
  readonly publish_to?: string;
}> {
  const accountId =
    account === undefined ? undefined : await findId(await context.connectToServer(), account);
  const publishFrom = await readWhen({ flag: '--from', at: from });
  const publishTo = await readWhen({ flag: '--to', at: to });
  return {
    ...(state === undefined ? {} : { state }),
    ...(accountId === undefined ? {} : { account_id: accountId }),
    ...(publishFrom === undefined ? {} : { publish_from: publishFrom }),
    ...(publishTo === undefined ? {} : { publish_to: publishTo }),
  };
}

/** Prints posts as a table, newest first. */
export async function printPosts(
  context: CliContext,
  { limit, ...filter }: PostFilter & { readonly limit: number },
): Promise<void> {
  const query = await toQuery(context, filter);
  const api = await context.connectToServer();
  const progress = context.output.progress('Reading posts');
  const posts: Post[] = [];
  for await (const post of api.each.listPosts({ ...query, limit: Math.min(limit, 100) })) {
    posts.push(post);
    progress.update(String(posts.length));
    if (posts.length === limit) break;
  }
  progress.end();
  context.output.print({ items: posts }, () => {
    if (posts.length === 0) return 'There are none. Make one with "greenroom publish".';
    const rows = posts.map((post) => [
      post.id,
      stateWords(post),
      post.publish_at ?? 'at once',
      post.media_type.toLowerCase(),
      shorten(post.title),
      post.reason?.code ?? '',
    ]);
    return toTable(['id', 'state', 'publish at', 'kind', 'title', 'reason'], rows);
  });
}

/** So much of a title that a row stays a line. */
function shorten(title: string): string {
  const characters = [...title.replaceAll(/\s+/g, ' ')];
  return characters.length <= 40 ? characters.join('') : `${characters.slice(0, 39).join('')}…`;
}
