import type { FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';
import type { Access } from '../gateway/access.ts';
import type { Creator } from '../state/creator.ts';
import { WireError } from '../wire/wire-error.ts';
import { invalidParam } from './fields.ts';

/** Seed-style names of privacy levels, which the lenient dialect takes (reference 13.2). */
const lenientAliases: Readonly<Record<string, string>> = {
  PRIVATE: 'SELF_ONLY',
  FRIENDS_ONLY: 'MUTUAL_FOLLOW_FRIENDS',
};

/**
 * The privacy levels that a creator may choose from.
 *
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info}
 */
export function toPrivacyLevelOptions(creator: Creator): readonly string[] {
  if (creator.privacy_level_options !== null) return creator.privacy_level_options;
  const widest = creator.private_account ? 'FOLLOWER_OF_CREATOR' : 'PUBLIC_TO_EVERYONE';
  return [widest, 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'];
}

/**
 * Refuses a privacy level that is not for this creator, or not for this app.
 *
 * @throws {WireError} 403 `privacy_level_option_mismatch`, 403
 * `unaudited_client_can_only_post_to_private_accounts`, or 400 for private branded content.
 */
export function requirePrivacyLevel(
  emulator: Emulator,
  request: FastifyRequest,
  { app, creator }: Access,
  postInfo: Readonly<Record<string, unknown>>,
): string {
  const level = toOfficialLevel(emulator, request, postInfo['privacy_level']);
  const options = toPrivacyLevelOptions(creator);
  if (typeof level !== 'string' || !options.includes(level)) {
    throw new WireError('privacy_level_option_mismatch', {
      rule: 'post.privacy_level',
      detail: `privacy_level must be one of ${options.join(', ')}, as creator info said`,
    });
  }
  if (!app.audited) requireUnauditedPrivacy(creator, level);
  requireVisibleBranding(emulator, request, postInfo, level);
  return level;
}

function requireUnauditedPrivacy(creator: Creator, level: string): void {
  if (!creator.private_account) {
    throw new WireError('unaudited_client_can_only_post_to_private_accounts', {
      rule: 'post.unaudited_private_account',
      detail: `the app is unaudited and the account ${creator.username} is public`,
    });
  }
  if (level !== 'SELF_ONLY') {
    throw new WireError('unaudited_client_can_only_post_to_private_accounts', {
      rule: 'post.unaudited_self_only',
      detail: `the app is unaudited: only SELF_ONLY is allowed, not ${level}`,
    });
  }
}

/** The official name of a privacy level: a seed-style alias is one in the lenient dialect only. */
function toOfficialLevel(emulator: Emulator, request: FastifyRequest, given: unknown): unknown {
  const official = typeof given === 'string' ? lenientAliases[given] : undefined;
  if (official === undefined || emulator.settings.dialect !== 'lenient') return given;
  const detail = `privacy_level ${String(given)} is not TikTok’s; ${official} is`;
  emulator.violations.record('post.privacy_level', detail, request);
  return official;
}

function requireVisibleBranding(
  emulator: Emulator,
  request: FastifyRequest,
  postInfo: Readonly<Record<string, unknown>>,
  level: string,
): void {
  if (postInfo['brand_content_toggle'] !== true || level !== 'SELF_ONLY') return;
  const detail = 'branded content (brand_content_toggle) can not be SELF_ONLY';
  if (emulator.settings.branded_self_only === 'refuse') {
    throw invalidParam('post.branded_visibility', detail);
  }
  emulator.violations.record('post.branded_visibility', detail, request);
}
