import type { Client } from '@greenroom/contract';
import type { CliContext } from '../context.ts';
import { followPosts, isDone } from './follow-posts.ts';
import type { Post } from './post-types.ts';
import { describePost } from './post-words.ts';

/** Prints posts. */
export function showPosts({ output }: CliContext, posts: readonly Post[]): void {
  output.print({ posts }, () => posts.map(describePost).join('\n\n'));
}

/** Watches posts until nothing goes on by itself, prints them, and fails if one is not where it was to go. */
export async function followAll(
  context: CliContext,
  api: Client,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const posts = await followPosts(context, api, ids, signal);
  showPosts(context, posts);
  if (!posts.every(isDone)) process.exitCode = 1;
}
