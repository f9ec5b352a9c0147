import type { Access } from '../gateway/access.ts';
import type { RuleName } from '../rules/rules.ts';
import type { App } from '../state/app.ts';
import type { ErrorCodeName } from '../wire/error-codes.ts';
import { WireError } from '../wire/wire-error.ts';
import type { Posting } from './posting.ts';

/** Why a creator may not post now. */
export interface PostingRefusal {
  readonly code: ErrorCodeName;
  readonly rule: RuleName;
  readonly detail: string;
}

/**
 * Finds why a creator may not post directly through an app now, or nothing. Creator info answers it
 * with HTTP 200, the inits with 403.
 */
export function findPostingRefusal(
  posting: Posting,
  { app, creator }: Access,
): PostingRefusal | undefined {
  if (!creator.can_post) return banned(creator.username);
  const { settings, clock } = posting.emulator;
  if (!settings.caps) return undefined;
  const posts = posting.caps.directPosts(creator.username, clock.now());
  if (posts >= settings.daily_post_cap) {
    return {
      code: 'spam_risk_too_many_posts',
      rule: 'post.daily_cap',
      detail: `${creator.username} has ${posts} direct posts in 24 h, all apps together; the cap is ${settings.daily_post_cap}`,
    };
  }
  return findUserCapRefusal(posting, app, creator.username);
}

/**
 * Refuses a draft that the creator's inbox does not take.
 *
 * @throws {WireError} 403 `spam_risk_user_banned_from_posting` or `spam_risk_too_many_pending_share`.
 */
export function requireInboxRoom(posting: Posting, { creator }: Access): void {
  if (!creator.can_post) throw toWireError(banned(creator.username));
  const { settings, clock } = posting.emulator;
  if (!settings.caps) return;
  const pending = posting.caps.pendingShares(creator.username, clock.now());
  if (pending < settings.pending_share_cap) return;
  throw new WireError('spam_risk_too_many_pending_share', {
    rule: 'post.pending_share_cap',
    detail: `${creator.username} has ${pending} pending shares of the last 24 h; the cap is ${settings.pending_share_cap}`,
  });
}

/**
 * Refuses a direct post that the creator may not make now.
 *
 * @throws {WireError} 403 with the code of {@link findPostingRefusal}.
 */
export function requirePostingAllowed(posting: Posting, access: Access): void {
  const refusal = findPostingRefusal(posting, access);
  if (refusal !== undefined) throw toWireError(refusal);
}

function findUserCapRefusal(
  posting: Posting,
  app: App,
  username: string,
): PostingRefusal | undefined {
  const { settings, clock } = posting.emulator;
  const cap = app.active_user_cap ?? (app.audited ? undefined : settings.unaudited_user_cap);
  if (cap === undefined) return undefined;
  const users = posting.caps.appUsers(app.client_key, clock.now());
  if (users.has(username) || users.size < cap) return undefined;
  return {
    code: 'reached_active_user_cap',
    rule: 'post.active_user_cap',
    detail: `${users.size} users posted through ${app.client_key} in 24 h; the cap is ${cap}`,
  };
}

function banned(username: string): PostingRefusal {
  return {
    code: 'spam_risk_user_banned_from_posting',
    rule: 'post.banned_creator',
    detail: `${username} may not post`,
  };
}

function toWireError({ code, rule, detail }: PostingRefusal): WireError {
  return new WireError(code, { rule, detail });
}
