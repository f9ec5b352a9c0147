import type { Post } from '../state/post.ts';
import { RollingLog } from './rolling-log.ts';
import type { SavedPosting } from './saved-posting.ts';

/**
 * What counts toward TikTok's daily caps. A post counts from the moment its init is accepted, and
 * is given back when it fails; a draft counts until it is posted, discarded or failed.
 *
 * @see {@link https://developers.tiktok.com/doc/content-sharing-guidelines}
 */
export class PostingCaps {
  /** By username: the daily cap of a creator is shared by all apps. */
  readonly #directPosts = new RollingLog();
  /** By client key. */
  readonly #appUsers = new RollingLog();
  /** By username. */
  readonly #pendingShares = new RollingLog();

  /** Counts an accepted post. */
  add(post: Post): void {
    const { publish_id, username, created_at: at } = post;
    const entry = { publish_id, username, at };
    if (post.post_mode === 'DIRECT_POST') {
      this.#directPosts.add(username, entry);
      this.#appUsers.add(post.client_key, entry);
    } else {
      this.#pendingShares.add(username, entry);
    }
  }

  /** Stops counting a post that failed, or a draft that the creator dealt with. */
  giveBack(post: Post): void {
    if (post.post_mode === 'DIRECT_POST') {
      this.#directPosts.giveBack(post.username, post.publish_id);
      this.#appUsers.giveBack(post.client_key, post.publish_id);
    } else {
      this.#pendingShares.giveBack(post.username, post.publish_id);
    }
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
    return new Set(this.#appUsers.list(clientKey, now).map((entry) => entry.username));
  }

  /** Everything, for a snapshot. */
  save(): SavedPosting['caps'] {
    return {
      direct_posts: this.#directPosts.save(),
      app_users: this.#appUsers.save(),
      pending_shares: this.#pendingShares.save(),
    };
  }

  /** Goes back to what a snapshot kept. */
  load(saved: SavedPosting['caps']): void {
    this.#directPosts.load(saved.direct_posts);
    this.#appUsers.load(saved.app_users);
    this.#pendingShares.load(saved.pending_shares);
  }

  /** Counts nothing any more. */
  clear(): void {
    this.load({ direct_posts: [], app_users: [], pending_shares: [] });
  }
}
