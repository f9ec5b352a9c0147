import type { ControlAnswer } from '@greenroom/emulator';
import type { Installation } from './installation.ts';
import type { MadePost } from './stories.ts';

/** What became of a post, by Greenroom and by TikTok's own ledger. */
export interface Verdict {
  readonly post: MadePost;
  readonly state: string;
  readonly reason: string | null;
  /** How often it is there: published, or in the creator's inbox. */
  readonly times: number;
  readonly isDuplicate: boolean;
  /** It is nowhere though nobody refused it, or Greenroom does not know where it is. */
  readonly isLost: boolean;
}

type LedgerPost = ControlAnswer<'listPosts'>['posts'][number];

/** Compares what Greenroom says of each post with what TikTok has. */
export async function judge(
  installation: Installation,
  posts: readonly MadePost[],
): Promise<Verdict[]> {
  const { posts: ledger } = await installation.tiktok.control.listPosts();
  const rows = await installation.query<{ id: string; state: string; state_reason: string | null }>(
    'select id, state, state_reason from posts where id = any($1::uuid[])',
    [posts.map(({ id }) => id)],
  );
  return posts.map((post) => {
    const row = rows.find(({ id }) => id === post.id);
    const times = countThere(ledger, post);
    const state = row?.state ?? 'gone';
    const saysThere = state === 'published' || state === 'in_inbox';
    return {
      post,
      state,
      reason: row?.state_reason ?? null,
      times,
      isDuplicate: times > 1,
      // No plan has TikTok refuse a post for good: all of them must be there in the end.
      isLost: times === 0 || !saysThere,
    };
  });
}

/** How often TikTok has a post. */
export function countThere(ledger: readonly LedgerPost[], post: MadePost): number {
  return ledger.filter((entry) => isThere(entry) && isOf(entry, post)).length;
}

function isThere({ status }: LedgerPost): boolean {
  return status === 'PUBLISH_COMPLETE' || status === 'SEND_TO_USER_INBOX';
}

function isOf(entry: LedgerPost, { account, sha256, title }: MadePost): boolean {
  if (entry.username !== account.username) return false;
  return sha256 === undefined ? entry.post_info['title'] === title : entry.sha256 === sha256;
}
