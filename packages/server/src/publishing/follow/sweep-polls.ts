import type { Services } from '../../http/services.ts';
import { eachByItself } from '../../runtime/each-by-itself.ts';
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
  // What is left, or fails, is claimed for seconds only: another round takes it.
  await eachByItself({ log: services.log, signal, lanes: FAN_OUT }, due, (post) =>
    pollPost(services, post, signal),
  );
  return due.length === limit && !signal.aborted;
}
