import type { DocumentAddress } from './documents.ts';
import { documents } from './documents.ts';

/**
 * Rules that a client can break, each with the page that sets it. A violation names one of these.
 * Add the rules of a part of TikTok's API below its comment.
 */
export const rules = {
  // the gateway
  'gateway.unsupported_path': documents.apiErrors,
  'gateway.content_type': documents.directPost,
  'gateway.malformed_json': documents.apiErrors,
  'gateway.body_too_large': documents.apiErrors,
  'gateway.unknown_field': documents.directPost,
  'gateway.unknown_query': documents.mediaTransfer,
  // access
  'access.token_missing': documents.apiErrors,
  'access.token_invalid': documents.apiErrors,
  'access.scope': documents.scopes,
  'access.rate_limit': documents.rateLimits,
  // OAuth
  'oauth.client_key': documents.authorizeWeb,
  'oauth.client_secret_in_url': documents.authorizeWeb,
  'oauth.redirect_uri': documents.authorizeWeb,
  'oauth.response_type': documents.authorizeWeb,
  'oauth.state': documents.authorizeWeb,
  'oauth.scope': documents.scopes,
  'oauth.disable_auto_auth': documents.authorizeWeb,
  'oauth.trailing_slash': documents.authorizeWeb,
  'oauth.code_challenge': documents.authorizeDesktop,
  'oauth.code_challenge_hex': documents.authorizeDesktop,
  'oauth.code_verifier': documents.authorizeDesktop,
  'oauth.content_type': documents.userToken,
  'oauth.parameters': documents.userToken,
  'oauth.client_authentication': documents.userToken,
  'oauth.code': documents.userToken,
  'oauth.code_decoded_once': documents.userToken,
  'oauth.redirect_uri_equal': documents.userToken,
  'oauth.refresh_token': documents.userToken,
  'oauth.grant_type': documents.oauthErrors,
  'oauth.qr_ticket': documents.qrLogin,
  'oauth.sandbox_target': documents.sandbox,
  // posting
  'post.field_type': documents.directPost,
  'post.caption_length': documents.directPost,
  'post.privacy_level': documents.directPost,
  'post.branded_visibility': documents.contentSharing,
  'post.unaudited_private_account': documents.contentSharing,
  'post.unaudited_self_only': documents.contentSharing,
  'post.daily_cap': documents.directPost,
  'post.banned_creator': documents.directPost,
  'post.active_user_cap': documents.contentSharing,
  'post.pending_share_cap': documents.inboxVideo,
  'post.source': documents.directPost,
  'post.media_type': documents.photoPost,
  'post.post_mode': documents.photoPost,
  'post.photo_caption_length': documents.photoPost,
  'post.photo_count': documents.photoPost,
  'post.photo_cover_index': documents.photoPost,
  'post.app_version': documents.photoPost,
  'post.publish_id': documents.postStatus,
  'post.cancel': documents.mediaTransfer,
  'chunks.video_size': documents.mediaTransfer,
  'chunks.chunk_size': documents.mediaTransfer,
  'chunks.minimum': documents.mediaTransfer,
  'chunks.maximum': documents.mediaTransfer,
  'chunks.single_is_whole': documents.mediaTransfer,
  'chunks.count': documents.mediaTransfer,
  // upload and pull
  'upload.unknown_task': documents.mediaTransfer,
  'upload.expired': documents.mediaTransfer,
  'upload.authorization_header': documents.mediaTransfer,
  'upload.content_type': documents.mediaTransfer,
  'upload.content_length': documents.mediaTransfer,
  'upload.content_range': documents.mediaTransfer,
  'upload.order': documents.mediaTransfer,
  'upload.one_at_a_time': documents.mediaTransfer,
  'pull.ownership': documents.mediaTransfer,
  'pull.unreachable': documents.mediaTransfer,
  'pull.redirect': documents.mediaTransfer,
  'pull.deadline': documents.mediaTransfer,
  'media.requirements': documents.mediaTransfer,
  // display
  'display.fields': documents.videoObject,
  'display.scope': documents.scopes,
  'display.page': documents.videoList,
  'display.filters': documents.videoQuery,
  // webhooks
  'webhook.answer': documents.webhooks,
  // the emulator itself
  'snapshot.media': documents.control,
} as const satisfies Record<string, DocumentAddress>;

/** Name of a rule that a client can break. */
export type RuleName = keyof typeof rules;

/** Whether a value names a rule. */
export function isRuleName(value: unknown): value is RuleName {
  return typeof value === 'string' && Object.hasOwn(rules, value);
}
