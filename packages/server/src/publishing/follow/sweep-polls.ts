import type { Services } from '../../http/services.ts';
import { claimPolls } from './follow-queries.ts';
import { pollPost } from './poll-post.ts';

/** Posts that are asked about at a time; each waits for TikTok nearly all of its time. */
const FAN_OUT = 16;

/**
 * Asks TikTok about the posts that are due, in all workspaces. Any number of processes may do so at once: each post is one
 * process's at a time.
 *
 * @returns Whether more may be due.
 */
export async function sweepPolls(
  services: Services,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): Promise<boolean> {
  const due = await claimPolls(services.database, limit);
  const queue = [...due];
  const work = async () => {
    for (let post = queue.shift(); post !== undefined; post = queue.shift()) {
      // What is left is claimed for seconds only: another round takes it.
      if (signal.aborted) return;
      await pollPost(services, post, signal);
    }
  };
  await Promise.all(Array.from({ length: FAN_OUT }, work));
  return due.length === limit;
}
