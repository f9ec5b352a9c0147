/** A TikTok account. */
export interface Creator {
  readonly username: string;
  nickname: string;
  private_account: boolean;
  comment_disabled: boolean;
  duet_disabled: boolean;
  stitch_disabled: boolean;
  max_video_post_duration_sec: number;
  /** False: every post is refused with `spam_risk_user_banned_from_posting`. */
  can_post: boolean;
  /** Replaces the documented list of privacy levels, which may be shorter for some accounts; `null` keeps it. */
  privacy_level_options: string[] | null;
  /** Version of the creator's TikTok app; photo drafts need 31.8. */
  app_version: string;
  bio_description: string;
  is_verified: boolean;
  follower_count: number;
  following_count: number;
}

/** A new creator: a public account that may do everything, with videos up to 600 s. */
export function newCreator(
  username: string,
  given: Partial<Omit<Creator, 'username'>> = {},
): Creator {
  return {
    username,
    nickname: nicknameOf(username),
    private_account: false,
    comment_disabled: false,
    duet_disabled: false,
    stitch_disabled: false,
    max_video_post_duration_sec: 600,
    can_post: true,
    privacy_level_options: null,
    app_version: '40.0',
    bio_description: `${nicknameOf(username)} on the emulator`,
    is_verified: false,
    follower_count: 1200,
    following_count: 80,
    ...given,
  };
}

function nicknameOf(username: string): string {
  return username
    .split(/[._]+/)
    .filter((word) => word !== '')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(' ');
}
