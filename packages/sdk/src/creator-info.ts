import type { Endpoint, Reader } from './http/api.ts';

/** Who may see a post, as TikTok spells it. */
export type PrivacyLevel =
  | 'PUBLIC_TO_EVERYONE'
  | 'MUTUAL_FOLLOW_FRIENDS'
  | 'FOLLOWER_OF_CREATOR'
  | 'SELF_ONLY';

/**
 * What a creator may do right now. Read it anew whenever a posting screen is shown: TikTok's rules
 * want the latest, and its options must be offered as they are.
 *
 * Fields that TikTok adds are kept, though not in this type.
 *
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info}
 */
export interface CreatorInfo {
  /** URL of the profile picture; TikTok lets it live for 2 hours. */
  readonly creator_avatar_url?: string | undefined;
  /** The handle, without `@`. */
  readonly creator_username: string;
  /** The display name, which must be shown on a posting screen. */
  readonly creator_nickname: string;
  /** What `privacy_level` may be now: a {@link PrivacyLevel}, or one that TikTok has added. */
  readonly privacy_level_options: readonly (PrivacyLevel | (string & {}))[];
  /** Whether the creator has turned comments off. */
  readonly comment_disabled: boolean;
  /** Whether duets are off, as they are for private accounts. Does not concern photos. */
  readonly duet_disabled: boolean;
  /** Whether stitches are off, as they are for private accounts. Does not concern photos. */
  readonly stitch_disabled: boolean;
  /** Longest video that the creator may post, in seconds. Does not concern photos. */
  readonly max_video_post_duration_sec: number;
}

export const CREATOR_INFO: Endpoint = {
  name: 'creator_info/query',
  isPublish: true,
  repeat: 'read',
};

const STRINGS = ['creator_username', 'creator_nickname'];
const BOOLEANS = ['comment_disabled', 'duet_disabled', 'stitch_disabled'];

export const readCreatorInfo: Reader<CreatorInfo> = (data, fail) => {
  const { privacy_level_options, max_video_post_duration_sec } = data;
  const isWhole =
    STRINGS.every((field) => typeof data[field] === 'string') &&
    BOOLEANS.every((field) => typeof data[field] === 'boolean') &&
    typeof max_video_post_duration_sec === 'number' &&
    Array.isArray(privacy_level_options) &&
    privacy_level_options.every((option) => typeof option === 'string');
  if (!isWhole) throw fail('a field is missing');
  // Each field of the type has just been looked at.
  return data as unknown as CreatorInfo;
};
