import type { App } from './app.ts';
import type { Creator } from './creator.ts';
import type { AuthorizationCode, Consent, QrLogin } from './grant.ts';
import { openIdOf } from './ids.ts';
import type { Post, Video } from './post.ts';
import { TokenStore } from './token-store.ts';

/** Everything TikTok would keep in its databases. */
export class Store {
  /** By client key. */
  readonly apps = new Map<string, App>();
  /** By username. */
  readonly creators = new Map<string, Creator>();
  readonly tokens = new TokenStore();
  /** By code. */
  readonly codes = new Map<string, AuthorizationCode>();
  /** By client key and username, with a blank between. */
  readonly consents = new Map<string, Consent>();
  /** By the QR login's token. */
  readonly qrLogins = new Map<string, QrLogin>();
  /** By publish id, oldest first. */
  readonly posts = new Map<string, Post>();
  /** By video id, oldest first. */
  readonly videos = new Map<string, Video>();
  readonly #openIds = new Map<string, string>();

  /** The `open_id` of a creator for an app. */
  openId(clientKey: string, username: string): string {
    const key = `${clientKey} ${username}`;
    let openId = this.#openIds.get(key);
    if (openId === undefined) {
      openId = openIdOf(clientKey, username);
      this.#openIds.set(key, openId);
    }
    return openId;
  }

  /** Forgets everything. */
  clear(): void {
    this.tokens.clear();
    for (const map of [this.apps, this.creators, this.codes, this.consents, this.qrLogins]) {
      map.clear();
    }
    this.posts.clear();
    this.videos.clear();
    this.#openIds.clear();
  }
}
