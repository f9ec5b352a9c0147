export { type ClientSettings, TikTokClient, type TikTokClientOptions } from './client.ts';
export type { Clock, Random, Sleep } from './clock.ts';
export type { CreatorInfo, PrivacyLevel } from './creator-info.ts';
export type {
  UserField,
  UserInfo,
  Video,
  VideoField,
  VideoListRequest,
  VideoPage,
} from './display.ts';
export {
  TikTokApiError,
  TikTokError,
  type TikTokErrorFacts,
  TikTokNetworkError,
  TikTokOAuthError,
  TikTokTimeoutError,
  TikTokUploadError,
  TikTokValidationError,
  TikTokWebhookSignatureError,
} from './errors.ts';
export { type Explanation, explain, explainFailReason, type WhoseMove } from './explanations.ts';
export type { CallOptions, Fetch, TransportOptions } from './http/transport.ts';
export {
  type RateLimitedEndpoint,
  type RateLimiter,
  type RateLimitState,
  type RateSlotRequest,
  SlidingWindowLimiter,
  type SlidingWindowLimiterOptions,
  TIKTOK_RATE_LIMITS,
} from './limiter.ts';
export {
  type FileUploadSource,
  type InboxVideoInit,
  type PhotoInit,
  type PhotoInitAnswer,
  type PhotoPostInfo,
  type PostStatus,
  type PublishStatus,
  type PullFromUrlSource,
  type VideoInit,
  VideoInitAnswer,
  type VideoPostInfo,
  type VideoSourceInfo,
} from './posts.ts';
export {
  captionLength,
  PHOTO_DESCRIPTION_LIMIT,
  PHOTO_TITLE_LIMIT,
  truncateCaption,
  VIDEO_TITLE_LIMIT,
} from './publish/caption.ts';
export { type PostProblem, TikTokInvalidPostError } from './publish/problems.ts';
export type { TokenRequest, TokenSource } from './token-source.ts';
export type { OnWarning, SeedFormWarning } from './warnings.ts';
