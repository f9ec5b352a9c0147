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
  /** Whether the catalogue has this code; otherwise it is explained by the HTTP status alone. */
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
/** One row of the catalogue. */
export type Entry = readonly [WhoseMove, Repeat, string];

const INVALID_PARAMS: Entry = [
  'developer',
  'no',
  'TikTok refused a field of the request; its message says which. Correct it.',
];
const TOKEN_INVALID: Entry = [
  'creator',
  'no',
  'TikTok does not accept the access token any more. Refresh it; if that fails, the creator has to connect again.',
];
const RATE_LIMITED: Entry = [
  'nobody',
  'soon',
  'Too many requests for this account in a minute. Wait a minute.',
];
const INTERNAL: Entry = [
  'tiktok',
  'unclear',
  'Something failed inside TikTok, which may have acted all the same. Repeat a read; before repeating a post look whether it is there.',
];
const TOO_MANY_POSTS: Entry = [
  'creator',
  'no',
  "The creator has reached TikTok's cap of posts through apps in 24 hours (about 15, all apps together). Post tomorrow, or in the TikTok app.",
];
const BANNED: Entry = [
  'creator',
  'no',
  'TikTok does not let this account post. The TikTok app tells the creator why.',
];

/** Codes of the `{data, error}` envelope: reference sections 3, 4.3, 7 and 8.2. */
const API_CODES: Readonly<Record<string, Entry>> = {
  access_token_invalid: TOKEN_INVALID,
  app_version_check_failed: [
    'creator',
    'no',
    'The creator has to update the TikTok app: drafts need version 31.8 or later.',
  ],
  internal_error: INTERNAL,
  invalid_file_upload: [
    'person',
    'no',
    'TikTok could not use the file. Check that it is whole and of a supported format.',
  ],
  invalid_param: INVALID_PARAMS,
  invalid_params: INVALID_PARAMS,
  invalid_publish_id: ['developer', 'no', 'TikTok knows no post with this publish_id.'],
  privacy_level_option_mismatch: [
    'person',
    'no',
    'The creator cannot post with this privacy level. Read the creator info again and choose one of its options.',
  ],
  publish_not_cancellable: [
    'nobody',
    'no',
    'It is too late to cancel. The status says how the post ends.',
  ],
  rate_limit_exceeded: RATE_LIMITED,
  reached_active_user_cap: [
    'developer',
    'no',
    "The app, not the creator, has reached its cap of creators who post in 24 hours (5 before TikTok's audit). Post tomorrow, or have TikTok raise the cap.",
  ],
  scope_not_authorized: [
    'creator',
    'no',
    'The creator has not granted a scope that this call needs. Ask for it in a new login.',
  ],
  scope_permission_missed: [
    'creator',
    'no',
    'Some fields need a scope that the creator has not granted. Ask for fewer fields, or for the scope in a new login.',
  ],
  spam_risk_too_many_pending_share: [
    'creator',
    'no',
    "Five drafts of the last 24 hours wait in the creator's TikTok inbox, which is the most. The creator has to post or discard them, or wait a day.",
  ],
  spam_risk_too_many_posts: TOO_MANY_POSTS,
  spam_risk_user_banned_from_posting: BANNED,
  token_not_authorized_for_specified_publish_id: [
    'developer',
    'no',
    'This post belongs to another account or app. Use the token that it was made with.',
  ],
  unaudited_client_can_only_post_to_private_accounts: [
    'creator',
    'no',
    'Until TikTok has audited the app, it can post only SELF_ONLY to private accounts. The creator has to make the account private in the TikTok app, or the developer has to pass the audit.',
  ],
  url_ownership_unverified: [
    'developer',
    'no',
    "The media URL is not under a domain or URL prefix verified for the app. Verify it in the app's URL properties at TikTok, or upload the file.",
  ],
};

/** Codes of the flat OAuth errors and of the redirect back: reference sections 1.5 and 1.8. */
const OAUTH_CODES: Readonly<Record<string, Entry>> = {
  access_denied: [
    'creator',
    'no',
    'The creator, or TikTok, refused the login. It can be tried again.',
  ],
  code_challenge: [
    'developer',
    'no',
    "TikTok wants PKCE for this redirect URI. Use pkce 'hex', or register the URI under the web platform.",
  ],
  invalid_client: [
    'developer',
    'no',
    'TikTok does not know this client key and secret. Compare both with the app at TikTok; a sandbox has its own.',
  ],
  invalid_grant: [
    'creator',
    'no',
    'The code or refresh token is expired, used, revoked or of another app or redirect URI. The creator has to connect again.',
  ],
  invalid_request: [
    'developer',
    'no',
    'A parameter of the login is missing or wrong; redirect URI and code verifier must be those of the authorize URL. Correct it and start a new login.',
  ],
  invalid_scope: ['developer', 'no', 'A scope is unknown or not enabled for the app.'],
  non_sandbox_target: [
    'developer',
    'no',
    'The account is not a target user of the sandbox. Add it at TikTok; that can take an hour to work.',
  ],
  param_error: [
    'developer',
    'no',
    'TikTok refused the authorize URL; errCode 10003 means client_id instead of client_key.',
  ],
  server_error: [
    'tiktok',
    'unclear',
    'Something failed inside TikTok during the login. Try again in a moment.',
  ],
  temporarily_unavailable: [
    'tiktok',
    'unclear',
    "TikTok's login does not work at the moment. Try again in a moment.",
  ],
  unauthorized_client: [
    'developer',
    'no',
    'TikTok does not let this app log in: the client key is wrong or swapped with the secret, Login Kit is not added, or the app is not reviewed.',
  ],
  unsupported_grant_type: [
    'developer',
    'no',
    'The grant type is not one of authorization_code, refresh_token and client_credentials.',
  ],
  unsupported_response_type: [
    'developer',
    'no',
    'The authorize URL must ask for response_type code.',
  ],
};

/** Codes that TikTok does not send but old notes do: reference section 13.5, row 56. */
const ALIASES: Readonly<Record<string, Entry>> = {
  unauthorized: TOKEN_INVALID,
  forbidden: ['developer', 'no', 'TikTok refused the call; its message may say why.'],
  too_many_requests: RATE_LIMITED,
  internal_server_error: INTERNAL,
  bad_gateway: INTERNAL,
  service_unavailable: INTERNAL,
};

/** Codes of our own, for what TikTok gives none for. */
const OWN_CODES: Readonly<Record<string, Entry>> = {
  answer_empty: ['nobody', 'unclear', 'The answer is empty: something on the way may have cut it.'],
  answer_not_json: [
    'developer',
    'unclear_lasting',
    'Something else than TikTok answered, often a proxy. Check the base URL and the network.',
  ],
  answer_too_large: [
    'developer',
    'unclear_lasting',
    'The answer is far larger than any of TikTok. Check the base URL and the network.',
  ],
  answer_truncated: [
    'nobody',
    'unclear',
    'Only a part of the answer came: the connection was cut.',
  ],
  answer_unexpected: [
    'developer',
    'unclear_lasting',
    'The answer is not what TikTok documents for this call. Check the base URL.',
  ],
  fields_missing: [
    'developer',
    'no',
    'TikTok answers only the fields that are asked for. Name at least one.',
  ],
  max_count_invalid: ['developer', 'no', 'TikTok lists 1 to 20 videos a page.'],
  network_error: ['nobody', 'unclear', 'The connection failed or was cut before an answer came.'],
  redirect_uri_invalid: [
    'developer',
    'no',
    'A redirect URI must be absolute, under 512 characters, without query and fragment, and https unless it is on localhost or 127.0.0.1.',
  ],
  redirect_refused: [
    'developer',
    'unclear_lasting',
    'A redirect came, which TikTok does not send; it was not followed. Check the base URL and the network.',
  ],
  qr_ticket_mismatch: [
    'developer',
    'no',
    'The ticket that came back is not that of the QR code. Start a new QR login.',
  ],
  qr_expired: ['person', 'no', 'The QR code has expired. Show a new one.'],
  scopes_invalid: [
    'developer',
    'no',
    'Ask for at least one scope, each a name of its own such as video.publish.',
  ],
  state_missing: ['developer', 'no', 'A login needs a state; createState makes one.'],
  state_expired: ['person', 'no', 'The login took too long. Start it again.'],
  state_mismatch: [
    'person',
    'no',
    'The login that came back is not the one that was started here. Start it again.',
  ],
  callback_malformed: [
    'developer',
    'no',
    'The redirect has neither a code nor an error. Pass the full URL.',
  ],
  timeout: ['nobody', 'unclear', 'TikTok did not answer in time.'],
  unsupported_path: ['developer', 'no', 'TikTok has nothing at this path. Check the base URL.'],
  video_ids_invalid: ['developer', 'no', 'TikTok takes 1 to 20 video ids in one query.'],
  webhook_body_malformed: [
    'developer',
    'no',
    "The body is not a webhook of TikTok's. Answer with status 400.",
  ],
  webhook_signature_malformed: [
    'developer',
    'no',
    'The TikTok-Signature header is missing or malformed. Answer with status 401.',
  ],
  webhook_signature_mismatch: [
    'developer',
    'no',
    'The signature is not that of this body. Check the body as it was received, before any parsing, with the secret of the app; answer with status 401.',
  ],
  webhook_too_old: [
    'developer',
    'no',
    'The signature is right but too old. Check the clock of this machine, or allow more.',
  ],
};

/** Why a post failed (`fail_reason`): reference section 7.3.2. */
const FAIL_REASONS: Readonly<Record<string, Entry>> = {
  auth_removed: [
    'creator',
    'no',
    'The creator disconnected the app. The account has to be connected again.',
  ],
  duration_check_failed: [
    'person',
    'no',
    'The video is too long for this creator. Trim it to max_video_post_duration_sec of the creator info.',
  ],
  file_format_check_failed: [
    'person',
    'no',
    'TikTok takes MP4, MOV or WebM with H.264, H.265, VP8 or VP9, and photos as JPEG or WebP.',
  ],
  frame_rate_check_failed: ['person', 'no', 'The frame rate must be 23 to 60. Convert the video.'],
  internal: ['tiktok', 'soon', 'Something failed inside TikTok. Nothing was posted; post again.'],
  photo_pull_failed: [
    'developer',
    'soon',
    'TikTok could not fetch a photo: its URL is unreachable, slow or redirects. Check it, then post again.',
  ],
  picture_size_check_failed: [
    'person',
    'no',
    'Videos must have 360 to 4096 pixels on each side, photos at most 1080 on the shorter one. One wrong photo fails them all.',
  ],
  publish_cancelled: ['person', 'no', 'The post was cancelled through the API.'],
  spam_risk: ['tiktok', 'no', 'TikTok took the post for spam.'],
  spam_risk_text: ['person', 'no', 'TikTok took the caption for spam. Edit it.'],
  spam_risk_too_many_posts: TOO_MANY_POSTS,
  spam_risk_user_banned_from_posting: BANNED,
  video_pull_failed: [
    'developer',
    'soon',
    'TikTok could not fetch the video: its URL is unreachable, redirects, or took over an hour. Check it, then post again.',
  ],
};

/**
 * Explains an error code: TikTok's, in either spelling of `invalid_param(s)`, one of OAuth's, an
 * alias from old notes, or one of the SDK's own. An unknown code is kept as it is and explained by
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
  const entry =
    find(API_CODES, code) ??
    find(OAUTH_CODES, code) ??
    find(ALIASES, code) ??
    find(OWN_CODES, code) ??
    find(UPLOAD_CODES, code);
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
  return toExplanation(failReason, find(FAIL_REASONS, failReason), [
    'person',
    'no',
    'TikTok gave a reason that it does not document. Change the post before sending it again.',
  ]);
}

function toExplanation(code: string, known: Entry | undefined, otherwise: Entry): Explanation {
  const [whoseMove, repeat, sentence] = known ?? otherwise;
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
  return [
    'developer',
    'no',
    'TikTok refused the call with a code that it does not document; its message may say why.',
  ];
}
