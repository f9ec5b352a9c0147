import { UPLOAD_CODES } from './upload/upload-codes.ts';

/**
 * Who has to do something before a failed call can work:
 *
 * - `developer`: who runs the app; its code, its settings at TikTok, its review or its network;
 * - `creator`: the owner of the TikTok account; in TikTok's app, or by connecting again;
 * - `person`: who makes the post; another file, caption or choice;
 * - `tiktok`: TikTok; nothing can be done but wait or ask its support;
 * - `nobody`: the same call may simply work a little later.
 */
export type WhoseMove = 'developer' | 'creator' | 'person' | 'tiktok' | 'nobody';

/** What a code of TikTok's, or one of ours, means and what to do about it. */
export interface Explanation {
  /** The code as it came. */
  readonly code: string;
  /**
   * Whether the catalogue has this code; otherwise it is explained by the HTTP status alone. It has
   * TikTok's codes and those of the SDK about answers and uploads. What the SDK refuses by itself,
   * such as an argument, a post, a login or a webhook, is explained by its error.
   */
  readonly isKnown: boolean;
  /** What happened and what to do about it, in a sentence or two for a person. */
  readonly sentence: string;
  /** Who has to do something before it can work. */
  readonly whoseMove: WhoseMove;
  /**
   * Whether the same call, sent again, cannot do its work twice. For the codes of clear refusals
   * always; for a failure inside TikTok only if the call was a read, which the catalogue cannot
   * know: there it says false.
   */
  readonly isRepeatSafe: boolean;
  /** Whether the same call, sent again within minutes and unchanged, may succeed. */
  readonly isRetryable: boolean;
}

/**
 * What a repeat of the same call can do: nothing (`no`), help (`soon`), or do the work twice, while
 * it may help (`unclear`) or hardly will (`unclear_lasting`).
 */
type Repeat = 'no' | 'soon' | 'unclear' | 'unclear_lasting';
/** What is said of a code; a sentence alone is for the developer, and a repeat does not help. */
export type Entry = string | readonly [WhoseMove, Repeat, string];

// Codes with the same remedy share one text: the whole entry point has 18 kB.
const INVALID_PARAMS: Entry = 'TikTok refused a field; its message says which. Correct it.';
const TOKEN_INVALID: Entry = [
  'creator',
  'no',
  'TikTok refused the access token. Refresh it, or have the creator connect again.',
];
const SCOPE_MISSING: Entry = [
  'creator',
  'no',
  'The creator has not granted a scope that this needs. Ask for it in a new login.',
];
const RATE_LIMITED: Entry = [
  'nobody',
  'soon',
  'Too many requests for this account. Wait a minute.',
];
const INTERNAL: Entry = [
  'tiktok',
  'unclear',
  'TikTok failed, and may have acted. Look before you post again.',
];
const TOO_MANY_POSTS: Entry = [
  'creator',
  'no',
  'The creator has reached the cap of posts through apps, about 15 in 24 hours. Post tomorrow.',
];
const BANNED: Entry = [
  'creator',
  'no',
  'TikTok does not let this account post. The TikTok app says why.',
];
const REFUSED: Entry = 'TikTok refused the call; its message may say why.';
const LOGIN_FAILED: Entry = [
  'tiktok',
  'unclear',
  'TikTok failed, and nobody was logged in. Log in again.',
];
const LOGIN_KIND: Entry = 'TikTok does not support this kind of login.';
const CUT: Entry = ['nobody', 'unclear', 'The connection failed or was cut.'];
const NOT_TIKTOK: Entry = [
  'developer',
  'unclear_lasting',
  'Something else than TikTok answered. Check the base URL and the network.',
];
const NOT_FETCHED: Entry = [
  'developer',
  'soon',
  'TikTok could not fetch the media: the URL is unreachable, slow or redirects. Check it.',
];

const CODES: Readonly<Record<string, Entry>> = {
  // The {data, error} envelope: reference sections 3, 4.3, 7 and 8.2.
  access_token_invalid: TOKEN_INVALID,
  app_version_check_failed: [
    'creator',
    'no',
    'The creator has to update the TikTok app to 31.8 or later.',
  ],
  internal_error: INTERNAL,
  invalid_file_upload: [
    'person',
    'no',
    'TikTok could not use the file. Check that it is whole and of a supported format.',
  ],
  invalid_param: INVALID_PARAMS,
  invalid_params: INVALID_PARAMS,
  invalid_publish_id: 'TikTok knows no post with this publish_id.',
  privacy_level_option_mismatch: [
    'person',
    'no',
    'The creator cannot use this privacy level. Choose one of the creator info.',
  ],
  publish_not_cancellable: ['nobody', 'no', 'It is too late to cancel the post.'],
  rate_limit_exceeded: RATE_LIMITED,
  reached_active_user_cap:
    'The app, not the creator, has reached its cap of creators in 24 hours (5 before its audit). Post tomorrow.',
  scope_not_authorized: SCOPE_MISSING,
  scope_permission_missed: SCOPE_MISSING,
  spam_risk_too_many_pending_share: [
    'creator',
    'no',
    'The inbox of the creator has 5 drafts of 24 hours, the cap. Post or discard them.',
  ],
  spam_risk_too_many_posts: TOO_MANY_POSTS,
  spam_risk_user_banned_from_posting: BANNED,
  token_not_authorized_for_specified_publish_id: 'This post belongs to another account or app.',
  unaudited_client_can_only_post_to_private_accounts: [
    'creator',
    'no',
    'Before its audit the app posts only to private accounts, as SELF_ONLY. Make the account private.',
  ],
  url_ownership_unverified:
    'The URL is not under a domain or prefix verified for the app. Verify it, or upload the file.',

  // Flat OAuth errors and the redirect back: reference sections 1.3, 1.5 and 1.8.
  access_denied: ['creator', 'no', 'The creator refused the login.'],
  code_challenge: "TikTok wants PKCE for this redirect URI. Use pkce 'hex'.",
  invalid_client: 'The client key or secret is wrong; a sandbox has its own.',
  invalid_grant: [
    'creator',
    'no',
    'The code or refresh token is expired, used, revoked or of another app or redirect URI. Have the creator connect again.',
  ],
  invalid_request:
    'A field is wrong; redirect URI and code verifier must be as in the authorize URL.',
  invalid_scope: 'A scope is unknown or not enabled for the app.',
  non_sandbox_target: 'The account is no target user of the sandbox. Add it; that takes an hour.',
  param_error: 'TikTok refused the authorize URL. Check the client key.',
  server_error: LOGIN_FAILED,
  temporarily_unavailable: LOGIN_FAILED,
  unauthorized_client: 'The app may not log in: the client key is wrong, or Login Kit not enabled.',
  unsupported_grant_type: LOGIN_KIND,
  unsupported_response_type: LOGIN_KIND,

  // Old notes: reference section 13.5, row 56.
  unauthorized: TOKEN_INVALID,
  forbidden: REFUSED,
  too_many_requests: RATE_LIMITED,
  internal_server_error: INTERNAL,
  bad_gateway: INTERNAL,
  service_unavailable: INTERNAL,

  // Our own, for what TikTok gives none for.
  answer_empty: CUT,
  answer_not_json: NOT_TIKTOK,
  answer_too_large: NOT_TIKTOK,
  answer_truncated: CUT,
  answer_unexpected: NOT_TIKTOK,
  network_error: CUT,
  redirect_refused: NOT_TIKTOK,
  source_missing: 'TikTok does not have all of the video. Give its source again.',
  timeout: ['nobody', 'unclear', 'TikTok did not answer in time.'],
  unsupported_path: 'TikTok knows no such path. Check the base URL.',
};

/** Why a post failed (`fail_reason`): reference section 7.3.2. */
const FAIL_REASONS: Readonly<Record<string, Entry>> = {
  auth_removed: [
    'creator',
    'no',
    'The creator has disconnected the app, and has to connect again.',
  ],
  duration_check_failed: ['person', 'no', 'The video is too long for this creator. Trim it.'],
  file_format_check_failed: [
    'person',
    'no',
    'TikTok takes MP4, MOV and WebM with H.264, H.265, VP8 or VP9, and photos as JPEG or WebP.',
  ],
  frame_rate_check_failed: ['person', 'no', 'The frame rate must be 23 to 60 a second.'],
  internal: ['tiktok', 'soon', 'TikTok failed, and posted nothing. Post again.'],
  photo_pull_failed: NOT_FETCHED,
  picture_size_check_failed: [
    'person',
    'no',
    'Videos need 360 to 4096 pixels a side, every photo at most 1080 on the shorter one.',
  ],
  publish_cancelled: ['person', 'no', 'The post was cancelled by the app.'],
  spam_risk: ['tiktok', 'no', 'TikTok took the post for spam.'],
  spam_risk_text: ['person', 'no', 'TikTok took the caption for spam. Edit it.'],
  spam_risk_too_many_posts: TOO_MANY_POSTS,
  spam_risk_user_banned_from_posting: BANNED,
  video_pull_failed: NOT_FETCHED,
};

/**
 * Explains an error code: TikTok's, in either spelling of `invalid_param(s)`, one of OAuth's, an
 * alias from old notes, or one of the SDK's own about answers and uploads. An unknown code is kept as it is and explained by
 * the HTTP status.
 *
 * @param code - The code as it came.
 * @param status - HTTP status of the answer, for codes that the catalogue does not have.
 * @see {@link https://developers.tiktok.com/doc/tiktok-api-v2-error-handling}
 * @example
 * ```ts
 * import { explain } from '@greenroom/sdk';
 *
 * const { sentence, whoseMove } = explain('url_ownership_unverified');
 * console.log(whoseMove, sentence);
 * ```
 */
export function explain(code: string, status?: number): Explanation {
  const entry = find(CODES, code) ?? find(UPLOAD_CODES, code);
  return toExplanation(code, entry, explainStatus(status));
}

/**
 * Explains why a post failed. An unknown reason is kept as it is and taken for a permanent failure.
 * A failed post posted nothing, so that a new one cannot double it.
 *
 * @param failReason - `fail_reason` of the status, or `reason` of a `post.publish.failed` webhook.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status}
 */
export function explainFailReason(failReason: string): Explanation {
  return toExplanation(failReason, find(FAIL_REASONS, failReason), REFUSED);
}

function toExplanation(code: string, known: Entry | undefined, otherwise: Entry): Explanation {
  const entry = known ?? otherwise;
  const [whoseMove, repeat, sentence] =
    typeof entry === 'string' ? (['developer', 'no', entry] as const) : entry;
  return {
    code,
    isKnown: known !== undefined,
    sentence,
    whoseMove,
    isRepeatSafe: !repeat.startsWith('unclear'),
    isRetryable: repeat === 'soon' || repeat === 'unclear',
  };
}

// A plain look-up would find `constructor` and the like on the prototype.
function find(table: Readonly<Record<string, Entry>>, code: string): Entry | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined;
}

function explainStatus(status: number | undefined): Entry {
  if (status === 401) return TOKEN_INVALID;
  if (status === 429) return RATE_LIMITED;
  if (status !== undefined && status >= 500) return INTERNAL;
  return REFUSED;
}
