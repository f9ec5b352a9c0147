import type { TikTokClient } from '../client.ts';
import type { CreatorInfo } from '../creator-info.ts';
import type { PublishCheckpoint } from './checkpoint.ts';
import { followPost } from './follow-post.ts';
import { type NoteProblem, type PostProblem, TikTokInvalidPostError } from './problems.ts';
import type { PublishOptions } from './publish-request.ts';
import type { RunReporter } from './publish-run.ts';
import type { PublishResult } from './result.ts';

/** One post under way: with what, how, and whom to tell. */
export interface PublishTask extends RunReporter {
  readonly client: TikTokClient;
  readonly options: PublishOptions;
}

/**
 * Reads what the creator may do, for a direct post, and refuses the post for everything that is
 * wrong with it together.
 */
export async function checkPost(
  { client, options, emit }: PublishTask,
  isDirect: boolean,
  check: (creator: CreatorInfo | undefined, note: NoteProblem) => void,
  problems: PostProblem[] = [],
): Promise<CreatorInfo | undefined> {
  const creator = isDirect ? await client.queryCreatorInfo(options) : undefined;
  if (creator !== undefined) emit({ type: 'creator_info', creator });
  check(creator, (isWrong, field, message) => {
    if (isWrong) problems.push({ field, message });
  });
  if (problems.length > 0) throw new TikTokInvalidPostError(problems);
  emit({ type: 'validated' });
  return creator;
}

/** Follows a post of which TikTok has everything, telling each status. */
export function followTask(task: PublishTask, post: PublishCheckpoint): Promise<PublishResult> {
  return followPost(task.client, post.publishId, {
    ...task.options,
    ...post,
    onStatus: ({ status, uploaded_bytes, downloaded_bytes: bytesReceived = uploaded_bytes }) =>
      task.emit({ type: 'status', status, bytesReceived }),
  });
}

/** Tells that TikTok has taken a post on of which it fetches the media, and follows it. */
export async function followPull(
  task: PublishTask,
  post: PublishCheckpoint,
): Promise<PublishResult> {
  task.emit({ type: 'init', publishId: post.publishId, plan: undefined });
  await task.checkpoint(post);
  return followTask(task, post);
}
