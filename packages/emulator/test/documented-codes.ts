import { documents } from '../src/rules/documents.ts';

/** Codes that a page of TikTok's documentation lists for one place. */
export interface DocumentedCodes {
  /** Endpoint by its short name, or what else carries the codes. */
  readonly where: string;
  readonly document: string;
  /** `<HTTP status> <code>`; a status alone where answers carry no code. */
  readonly answers: readonly string[];
}

const token = ['401 access_token_invalid', '401 scope_not_authorized'];
const always = [...token, '429 rate_limit_exceeded', '500 internal_error'];

/**
 * Every code that the reference lists (sections 0.5, 1.5, 1.8, 3, 4.3, 5.3, 7.1, 7.2, 7.3, 7.4 and
 * 8.2), written down from its tables and not from the emulator.
 */
export const documentedCodes: readonly DocumentedCodes[] = [
  {
    where: 'creator_info/query',
    document: documents.creatorInfo,
    answers: [
      '200 spam_risk_too_many_posts',
      '200 spam_risk_user_banned_from_posting',
      '200 reached_active_user_cap',
      ...always,
    ],
  },
  {
    where: 'video/init',
    document: documents.directPost,
    answers: [
      '400 invalid_param',
      '400 invalid_params',
      '403 spam_risk_too_many_posts',
      '403 spam_risk_user_banned_from_posting',
      '403 reached_active_user_cap',
      '403 unaudited_client_can_only_post_to_private_accounts',
      '403 url_ownership_unverified',
      '403 privacy_level_option_mismatch',
      ...always,
    ],
  },
  {
    where: 'inbox/video/init',
    document: documents.inboxVideo,
    answers: [
      '400 invalid_param',
      '400 invalid_params',
      '403 spam_risk_too_many_pending_share',
      '403 spam_risk_user_banned_from_posting',
      '403 url_ownership_unverified',
      ...always,
    ],
  },
  {
    where: 'content/init',
    document: documents.photoPost,
    answers: [
      '400 invalid_param',
      '400 app_version_check_failed',
      '403 spam_risk_too_many_posts',
      '403 spam_risk_user_banned_from_posting',
      '403 spam_risk_too_many_pending_share',
      '403 reached_active_user_cap',
      '403 unaudited_client_can_only_post_to_private_accounts',
      '403 url_ownership_unverified',
      '403 privacy_level_option_mismatch',
      ...always,
    ],
  },
  {
    where: 'status/fetch',
    document: documents.postStatus,
    answers: [
      '400 invalid_publish_id',
      '400 token_not_authorized_for_specified_publish_id',
      ...always,
    ],
  },
  {
    where: 'cancel',
    document: documents.mediaTransfer,
    answers: [
      '400 invalid_publish_id',
      '400 token_not_authorized_for_specified_publish_id',
      '400 publish_not_cancellable',
      '403 url_ownership_unverified',
      ...always,
    ],
  },
  {
    where: 'user/info',
    document: documents.userInfo,
    answers: ['400 invalid_params', '400 scope_permission_missed', ...always],
  },
  {
    where: 'video/list',
    document: documents.videoList,
    answers: ['400 invalid_params', ...always],
  },
  {
    where: 'video/query',
    document: documents.videoQuery,
    answers: ['400 invalid_params', ...always],
  },
  // Listed among the generic codes; no page says which endpoint answers it.
  { where: 'any endpoint', document: documents.apiErrors, answers: ['400 invalid_file_upload'] },
  {
    where: 'any path',
    document: documents.apiErrors,
    answers: ['404 Unsupported path(Janus)'],
  },
  {
    where: 'upload',
    document: documents.mediaTransfer,
    answers: ['201', '206', '400', '403', '404', '416', '5xx'],
  },
  {
    where: 'fail_reason',
    document: documents.postStatus,
    answers: [
      'file_format_check_failed',
      'duration_check_failed',
      'frame_rate_check_failed',
      'picture_size_check_failed',
      'internal',
      'video_pull_failed',
      'photo_pull_failed',
      'publish_cancelled',
      'auth_removed',
      'spam_risk_too_many_posts',
      'spam_risk_user_banned_from_posting',
      'spam_risk_text',
      'spam_risk',
    ],
  },
  {
    where: 'oauth',
    document: documents.oauthErrors,
    answers: [
      'access_denied',
      'invalid_client',
      'invalid_grant',
      'invalid_request',
      'invalid_scope',
      'unauthorized_client',
      'unsupported_grant_type',
      'unsupported_response_type',
      'server_error',
      'temporarily_unavailable',
    ],
  },
  {
    where: 'authorize',
    document: documents.authorizeWeb,
    answers: [
      'access_denied',
      'access_denied non_sandbox_target',
      'unauthorized_client client_key',
      'param_error client_key',
    ],
  },
];
