import type { Post } from '../state/post.ts';
import type { Settings } from '../state/settings.ts';
import { RollingLog } from './rolling-log.ts';
import type { SavedPosting } from './saved-posting.ts';

/**
 * What counts toward TikTok's daily caps. A post counts from the moment its init is accepted, and
 * is given back when it fails; a draft counts until it is posted, discarded or failed.
 *
 * @see {@link https://developers.tiktok.com/doc/content-sharing-guidelines}
 */
export class PostingCaps {
  /** All apps together: the daily cap of a creator is shared by them. */
  readonly #directPosts: RollingLog;
  readonly #pendingShares: RollingLog;

  /** @param settings - Where the caps stand; they may change meanwhile. */
  constructor(settings: Settings) {
    this.#directPosts = new RollingLog(() => settings.daily_post_cap);
    this.#pendingShares = new RollingLog(() => settings.pending_share_cap);
  }

  /** Counts an accepted post. */
  add(post: Post): void {
    const { publish_id, client_key, created_at: at } = post;
    this.#logOf(post).add(post.username, { publish_id, client_key, at });
  }

  /** Stops counting a post that failed, or a draft that the creator dealt with. */
  giveBack(post: Post): void {
    this.#logOf(post).giveBack(post.username, post.publish_id);
  }

  /** Direct posts of a creator in the last 24 hours, by all apps. */
  directPosts(username: string, now: number): number {
    return this.#directPosts.list(username, now).length;
  }

  /** Drafts of a creator that wait to be posted, of the last 24 hours. */
  pendingShares(username: string, now: number): number {
    return this.#pendingShares.list(username, now).length;
  }

  /** Users who posted directly through an app in the last 24 hours. */
  appUsers(clientKey: string, now: number): ReadonlySet<string> {
    return this.#directPosts.usersOf(clientKey, now);
  }

  /** Everything, for a snapshot. */
  save(): SavedPosting['caps'] {
    return { direct_posts: this.#directPosts.save(), pending_shares: this.#pendingShares.save() };
  }

  /** Goes back to what a snapshot kept. */
  load(saved: SavedPosting['caps']): void {
    this.#directPosts.load(saved.direct_posts);
    this.#pendingShares.load(saved.pending_shares);
  }

  /** Counts nothing any more. */
  clear(): void {
    this.load({ direct_posts: [], pending_shares: [] });
  }

  #logOf({ post_mode }: Post): RollingLog {
    return post_mode === 'DIRECT_POST' ? this.#directPosts : this.#pendingShares;
  }
}
