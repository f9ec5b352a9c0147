import type { Site, SiteAccount } from '../support/site.ts';

/** What TikTok itself says about an account's posts since some moment. */
export interface Truth {
  /** Cursor of the ledger. */
  readonly lastId: number;
  /** Inits that TikTok accepted. */
  readonly accepted: number;
  /** Posts that are there: published, or delivered to the creator's inbox. */
  readonly completed: number;
  /** SHA-256 of what arrived, of those that are there. */
  readonly sha256: readonly (readonly string[])[];
  readonly publishIds: readonly string[];
}

/** Reads the emulator's ledger. */
export async function readTruth(site: Site, account: SiteAccount, after: number): Promise<Truth> {
  const { posts } = await site.tiktok.control.listPosts({ after });
  const own = posts.filter(({ username }) => username === account.username);
  const there = own.filter(({ status }) => /^(PUBLISH_COMPLETE|SEND_TO_USER_INBOX)$/.test(status));
  return {
    lastId: posts.at(-1)?.id ?? after,
    accepted: own.length,
    completed: there.length,
    sha256: there.map(({ sha256 }) => [sha256 ?? []].flat()),
    publishIds: there.map(({ publish_id }) => publish_id),
  };
}
