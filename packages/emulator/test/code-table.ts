/** How one code comes about in the emulator. */
export interface CodeRow {
  /** `<HTTP status> <code>`, as in `documented-codes.ts`. */
  readonly answer: string;
  /** Where it is answered: short names of endpoints, or what else carries the code. */
  readonly where: readonly string[];
  /** Tests that provoke it: file below this folder and title, with ` > ` between. */
  readonly tests: readonly string[];
  /** Why nothing but a fault rule provokes it; absent where honest use does. */
  readonly faultRuleOnly?: string;
}

const inits = ['video/init', 'inbox/video/init', 'content/init'];
const withToken = [
  'creator_info/query',
  ...inits,
  'status/fetch',
  'cancel',
  'user/info',
  'video/list',
  'video/query',
];

const accessRows: readonly CodeRow[] = [
  {
    answer: '401 access_token_invalid',
    where: withToken,
    tests: [
      'access.test.ts > refuses a token that expired, was revoked or is missing: 401 access_token_invalid',
    ],
  },
  {
    answer: '401 scope_not_authorized',
    where: withToken,
    tests: ['access.test.ts > refuses a token without its scope: 401 scope_not_authorized'],
  },
  {
    answer: '429 rate_limit_exceeded',
    where: withToken.filter((name) => name !== 'cancel'),
    tests: [
      'posting/creator-info.test.ts > takes twenty requests a minute of a token',
      'posting/init-video.test.ts > %s takes six requests a minute of a token',
      'posting/init-photos.test.ts > takes six requests a minute of a token',
      'posting/lifecycle.test.ts > takes thirty requests a minute of a token',
      'display/display.test.ts > takes six hundred requests a minute',
      'rate-limits.test.ts > $path takes $limit, and one more after a minute',
    ],
  },
  {
    answer: '429 rate_limit_exceeded',
    where: ['cancel'],
    tests: ['access.test.ts > %s answers %s by fault rule'],
    faultRuleOnly: 'TikTok lists the code and states no limit.',
  },
  {
    answer: '500 internal_error',
    where: withToken,
    tests: ['access.test.ts > breaks by fault rule: 500 internal_error without effect'],
    faultRuleOnly: 'it stands for a breakdown of TikTok’s own.',
  },
  {
    answer: '400 invalid_file_upload',
    where: ['any endpoint'],
    tests: ['access.test.ts > %s answers %s by fault rule'],
    faultRuleOnly: 'TikTok lists the code and names no endpoint or cause.',
  },
  {
    answer: '404 Unsupported path(Janus)',
    where: ['any path'],
    tests: ['gateway.test.ts > %s %s is answered 404 in plain text'],
  },
];

const postingRows: readonly CodeRow[] = [
  {
    answer: '400 invalid_param',
    where: inits,
    tests: [
      'posting/init-video.test.ts > %s: 400 invalid_param',
      'posting/init-video.test.ts > a draft without a source: 400 invalid_param',
      'posting/init-video.test.ts > the caption is counted in UTF-16 code units',
      'posting/init-photos.test.ts > %s: 400 invalid_param',
    ],
  },
  {
    answer: '400 invalid_params',
    where: ['video/init', 'inbox/video/init'],
    tests: [
      'posting/init-video.test.ts > %s: 400 invalid_params with the words that implementers see',
    ],
  },
  {
    answer: '400 app_version_check_failed',
    where: ['content/init'],
    tests: [
      'posting/init-photos.test.ts > a draft needs no privacy level, and an app from 31.8 on',
    ],
  },
  {
    answer: '200 spam_risk_too_many_posts',
    where: ['creator_info/query'],
    tests: ['posting/creator-info.test.ts > refuses a creator at the daily cap with HTTP 200'],
  },
  {
    answer: '403 spam_risk_too_many_posts',
    where: ['video/init', 'content/init'],
    tests: [
      'posting/caps.test.ts > the sixteenth direct post of a creator in 24 h is refused, whichever app sends it',
    ],
  },
  {
    answer: '200 spam_risk_user_banned_from_posting',
    where: ['creator_info/query'],
    tests: ['posting/creator-info.test.ts > refuses a banned creator with HTTP 200'],
  },
  {
    answer: '403 spam_risk_user_banned_from_posting',
    where: inits,
    tests: [
      'posting/init-video.test.ts > %s: a banned creator may not',
      'posting/init-photos.test.ts > %s: a banned creator may not',
    ],
  },
  {
    answer: '200 reached_active_user_cap',
    where: ['creator_info/query'],
    tests: [
      'posting/creator-info.test.ts > refuses the sixth user of an unaudited app with HTTP 200',
    ],
  },
  {
    answer: '403 reached_active_user_cap',
    where: ['video/init', 'content/init'],
    tests: [
      'posting/caps.test.ts > the sixth user of an unaudited app in 24 h is refused, the five others are not',
    ],
  },
  {
    answer: '403 spam_risk_too_many_pending_share',
    where: ['inbox/video/init', 'content/init'],
    tests: [
      'posting/caps.test.ts > the sixth pending share in 24 h is refused, until one is posted, discarded or failed',
    ],
  },
  {
    answer: '403 unaudited_client_can_only_post_to_private_accounts',
    where: ['video/init', 'content/init'],
    tests: [
      'posting/init-video.test.ts > an unaudited app may not post for %s as %s',
      'posting/init-photos.test.ts > the privacy rules hold as for videos',
    ],
  },
  {
    answer: '403 privacy_level_option_mismatch',
    where: ['video/init', 'content/init'],
    tests: [
      'posting/init-video.test.ts > %s may not post as %s: 403 privacy_level_option_mismatch',
      'posting/init-photos.test.ts > the privacy rules hold as for videos',
    ],
  },
  {
    answer: '403 url_ownership_unverified',
    where: [...inits, 'cancel'],
    tests: [
      'posting/init-video.test.ts > a foreign URL is refused: 403 url_ownership_unverified',
      'posting/init-photos.test.ts > one foreign URL among the photos is refused',
      'pull/pull.test.ts > is refused when the app no longer owns the URL',
    ],
  },
  {
    answer: '400 invalid_publish_id',
    where: ['status/fetch', 'cancel'],
    tests: [
      'posting/lifecycle.test.ts > %j: 400 invalid_publish_id',
      'pull/pull.test.ts > knows its posts and their owners',
    ],
  },
  {
    answer: '400 token_not_authorized_for_specified_publish_id',
    where: ['status/fetch', 'cancel'],
    tests: [
      'posting/lifecycle.test.ts > a token of %j may not see the post',
      'pull/pull.test.ts > knows its posts and their owners',
    ],
  },
  {
    answer: '400 publish_not_cancellable',
    where: ['cancel'],
    tests: [
      'pull/pull.test.ts > ends a download that is under way',
      'pull/pull.test.ts > comes too late once the download is over',
      'pull/pull.test.ts > is not for uploads',
    ],
  },
];

const displayRows: readonly CodeRow[] = [
  {
    answer: '400 invalid_params',
    where: ['user/info', 'video/list', 'video/query'],
    tests: [
      'display/display.test.ts > fields=%s: 400 invalid_params',
      'display/display.test.ts > %j: 400 invalid_params',
      'display/display.test.ts > %s: 400 invalid_params',
    ],
  },
  {
    answer: '400 scope_permission_missed',
    where: ['user/info'],
    tests: [
      'display/display.test.ts > a field beyond the granted scopes: 400 scope_permission_missed, or 401 as observed',
    ],
  },
];

const uploadRows: readonly CodeRow[] = [
  {
    answer: '201',
    where: ['upload'],
    tests: ['upload/upload.test.ts > the documented example of one chunk is answered 201'],
  },
  {
    answer: '206',
    where: ['upload'],
    tests: [
      'upload/upload.test.ts > the documented example of five chunks is answered 206 four times and 201 at last',
    ],
  },
  {
    answer: '400',
    where: ['upload'],
    tests: ['upload/upload.test.ts > %s: 400, and the upload can still be done'],
  },
  {
    answer: '403',
    where: ['upload'],
    tests: [
      'upload/upload.test.ts > an upload_url answers 403 an hour after init, and its post fails',
    ],
  },
  { answer: '404', where: ['upload'], tests: ['upload/upload.test.ts > %s: 404'] },
  {
    answer: '416',
    where: ['upload'],
    tests: ['upload/upload.test.ts > %s: 416 with the progress'],
  },
  {
    answer: '5xx',
    where: ['upload'],
    tests: ['faults.test.ts > a bare status on an upload'],
    faultRuleOnly:
      'it stands for a breakdown of TikTok’s own; the observed dialect also answers 502 to a body that does not fit its range.',
  },
];

const everyFile = 'posting/lifecycle.test.ts > $file ends with $fail_reason';

const failReasonRows: readonly CodeRow[] = [
  {
    answer: 'file_format_check_failed',
    where: ['fail_reason'],
    tests: [
      everyFile,
      'pull/pull.test.ts > that is no video: file_format_check_failed',
      'pull/pull.test.ts > with %s among them end with %s',
    ],
  },
  { answer: 'duration_check_failed', where: ['fail_reason'], tests: [everyFile] },
  { answer: 'frame_rate_check_failed', where: ['fail_reason'], tests: [everyFile] },
  {
    answer: 'picture_size_check_failed',
    where: ['fail_reason'],
    tests: [everyFile, 'pull/pull.test.ts > with %s among them end with %s'],
  },
  {
    answer: 'internal',
    where: ['fail_reason'],
    tests: [
      'upload/upload.test.ts > an upload_url answers 403 an hour after init, and its post fails',
      'posting/lifecycle.test.ts > a fault rule lets the post of an init end with %s',
    ],
  },
  {
    answer: 'video_pull_failed',
    where: ['fail_reason'],
    tests: [
      'pull/pull.test.ts > whose server %s: video_pull_failed',
      'pull/pull.test.ts > that hangs for an hour of the emulator’s clock: video_pull_failed',
    ],
  },
  {
    answer: 'photo_pull_failed',
    where: ['fail_reason'],
    tests: ['pull/pull.test.ts > with %s among them end with %s'],
  },
  {
    answer: 'publish_cancelled',
    where: ['fail_reason'],
    tests: ['pull/pull.test.ts > ends a download that is under way'],
  },
  {
    answer: 'auth_removed',
    where: ['fail_reason'],
    tests: ['posting/lifecycle.test.ts > the creator removed access: auth_removed'],
  },
  {
    answer: 'spam_risk_too_many_posts',
    where: ['fail_reason'],
    tests: ['posting/lifecycle.test.ts > the creator’s standing changed meanwhile: %s'],
  },
  {
    answer: 'spam_risk_user_banned_from_posting',
    where: ['fail_reason'],
    tests: ['posting/lifecycle.test.ts > the creator’s standing changed meanwhile: %s'],
  },
  {
    answer: 'spam_risk_text',
    where: ['fail_reason'],
    tests: ['posting/lifecycle.test.ts > a fault rule lets the post of an init end with %s'],
    faultRuleOnly: 'TikTok does not say which captions it refuses.',
  },
  {
    answer: 'spam_risk',
    where: ['fail_reason'],
    tests: ['posting/lifecycle.test.ts > moderation rejects what is still processed: spam_risk'],
  },
];

const oauthFault = 'faults.test.ts > %s on an OAuth endpoint, flat and with HTTP 200';
const oauthRefusals = 'oauth/token.test.ts > $what is answered $error with HTTP 200';
const callback = 'oauth/authorize.test.ts > $changes is called back with $error';

const oauthRows: readonly CodeRow[] = [
  {
    answer: 'access_denied',
    where: ['oauth', 'authorize'],
    tests: ['oauth/authorize.test.ts > calls back with access_denied when the person %s'],
  },
  { answer: 'invalid_client', where: ['oauth'], tests: [oauthRefusals] },
  {
    answer: 'invalid_grant',
    where: ['oauth'],
    tests: [
      'oauth/token.test.ts > takes a code once',
      'oauth/token.test.ts > takes a code for five minutes of the emulator’s clock',
      'oauth/token.test.ts > rotates: the old refresh token is dead at once, the new one works',
    ],
  },
  { answer: 'invalid_request', where: ['oauth'], tests: [oauthRefusals] },
  { answer: 'invalid_scope', where: ['oauth'], tests: [callback] },
  {
    answer: 'unauthorized_client',
    where: ['oauth'],
    tests: [oauthFault],
    faultRuleOnly:
      'TikTok does not say which client may not use which flow; on the authorize page the word is provoked honestly.',
  },
  { answer: 'unsupported_grant_type', where: ['oauth'], tests: [oauthRefusals] },
  { answer: 'unsupported_response_type', where: ['oauth'], tests: [callback] },
  {
    answer: 'server_error',
    where: ['oauth'],
    tests: [oauthFault],
    faultRuleOnly: 'it stands for a breakdown of TikTok’s own.',
  },
  {
    answer: 'temporarily_unavailable',
    where: ['oauth'],
    tests: [oauthFault],
    faultRuleOnly: 'it stands for a breakdown of TikTok’s own.',
  },
  {
    answer: 'access_denied non_sandbox_target',
    where: ['authorize'],
    tests: [
      'oauth/authorize.test.ts > a creator who is no target user of a sandbox gets non_sandbox_target',
    ],
  },
  {
    answer: 'unauthorized_client client_key',
    where: ['authorize'],
    tests: ['oauth/authorize.test.ts > $what'],
  },
  {
    answer: 'param_error client_key',
    where: ['authorize'],
    tests: ['oauth/authorize.test.ts > $what'],
  },
];

/** Every error code and `fail_reason` of the reference, and how it comes about in the emulator. */
export const codeTable: readonly CodeRow[] = [
  ...accessRows,
  ...postingRows,
  ...displayRows,
  ...uploadRows,
  ...failReasonRows,
  ...oauthRows,
];
