import type { DocumentAddress } from '../rules/documents.ts';
import { documents } from '../rules/documents.ts';

/** What an error code of the envelope stands for. */
export interface ErrorCode {
  /** HTTP status unless an endpoint says otherwise. */
  readonly status: number;
  /** The sentence that goes with it unless there is a better one. */
  readonly message: string;
  /** Page that lists the code. */
  readonly document: DocumentAddress;
}

const guidelines =
  'Please review our integration guidelines at https://developers.tiktok.com/doc/content-sharing-guidelines/';

/** Every code that the `{data, error}` envelope carries, but `ok`. */
export const errorCodes = {
  access_token_invalid: {
    status: 401,
    message: 'The access token is invalid or not found in the request.',
    document: documents.apiErrors,
  },
  scope_not_authorized: {
    status: 401,
    message: 'The user did not authorize the scope required for completing this request.',
    document: documents.apiErrors,
  },
  scope_permission_missed: {
    status: 400,
    message: 'Some requested fields need additional scopes.',
    document: documents.apiErrors,
  },
  rate_limit_exceeded: {
    status: 429,
    message: 'The API rate limit was exceeded. Please try again later.',
    document: documents.rateLimits,
  },
  internal_error: {
    status: 500,
    message: 'Something is wrong. Please try again later.',
    document: documents.apiErrors,
  },
  invalid_file_upload: {
    status: 400,
    message: 'The uploaded file does not meet the API requirements.',
    document: documents.apiErrors,
  },
  invalid_params: {
    status: 400,
    message: 'One or more fields in the request are invalid.',
    document: documents.apiErrors,
  },
  invalid_param: {
    status: 400,
    message: 'One or more fields in the request are invalid.',
    document: documents.directPost,
  },
  app_version_check_failed: {
    status: 400,
    message: 'The user’s TikTok app must be of version 31.8 or later.',
    document: documents.photoPost,
  },
  invalid_publish_id: {
    status: 400,
    message: 'The publish_id does not exist.',
    document: documents.postStatus,
  },
  token_not_authorized_for_specified_publish_id: {
    status: 400,
    message: 'The access token is not authorized for this publish_id.',
    document: documents.postStatus,
  },
  publish_not_cancellable: {
    status: 400,
    message: 'The publish can not be cancelled any more.',
    document: documents.mediaTransfer,
  },
  spam_risk_too_many_posts: { status: 403, message: guidelines, document: documents.directPost },
  spam_risk_user_banned_from_posting: {
    status: 403,
    message: guidelines,
    document: documents.directPost,
  },
  spam_risk_too_many_pending_share: {
    status: 403,
    message: guidelines,
    document: documents.inboxVideo,
  },
  reached_active_user_cap: { status: 403, message: guidelines, document: documents.directPost },
  unaudited_client_can_only_post_to_private_accounts: {
    status: 403,
    message: guidelines,
    document: documents.directPost,
  },
  url_ownership_unverified: { status: 403, message: guidelines, document: documents.mediaTransfer },
  privacy_level_option_mismatch: {
    status: 403,
    message: guidelines,
    document: documents.directPost,
  },
} as const satisfies Record<string, ErrorCode>;

/** A code of the `{data, error}` envelope. */
export type ErrorCodeName = keyof typeof errorCodes;
