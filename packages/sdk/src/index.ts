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
export type { CallOptions, Fetch, Transport, TransportOptions } from './http/transport.ts';
export {
  type RateLimitedEndpoint,
  type RateLimiter,
  type RateLimitState,
  type RateSlotRequest,
  SlidingWindowLimiter,
  type SlidingWindowLimiterOptions,
  TIKTOK_RATE_LIMITS,
} from './limiter.ts';
export type {
  FileUploadSource,
  InboxVideoInit,
  PhotoInit,
  PhotoInitAnswer,
  PhotoPostInfo,
  PostStatus,
  PublishStatus,
  PullFromUrlSource,
  VideoInit,
  VideoInitAnswer,
  VideoPostInfo,
  VideoSourceInfo,
} from './posts.ts';
export {
  captionLength,
  PHOTO_DESCRIPTION_LIMIT,
  PHOTO_TITLE_LIMIT,
  truncateCaption,
  VIDEO_TITLE_LIMIT,
} from './publish/caption.ts';
export { type PublishCheckpoint, parsePublishCheckpoint } from './publish/checkpoint.ts';
export type {
  CreatorInfoEvent,
  DoneEvent,
  InitEvent,
  PublishEvent,
  StatusEvent,
  UploadEvent,
  ValidatedEvent,
} from './publish/events.ts';
export { type FollowOptions, type FollowPostOptions, followPost } from './publish/follow-post.ts';
export { TikTokUnclearInitError } from './publish/init-ladder.ts';
export { type PostedMedia, postUrl } from './publish/post-url.ts';
export { type PostProblem, TikTokInvalidPostError } from './publish/problems.ts';
export {
  type DirectPhotos,
  type DraftPhotos,
  type PhotoMedia,
  type PublishPhotosRequest,
  publishPhotos,
} from './publish/publish-photos.ts';
export type {
  DirectVideo,
  InboxVideo,
  PublishOptions,
  PublishVideoRequest,
  PulledVideo,
  UploadedVideo,
} from './publish/publish-request.ts';
export { PublishRun, type RunOptions } from './publish/publish-run.ts';
export { publishVideo } from './publish/publish-video.ts';
export type {
  FailedPost,
  InboxPost,
  PublishedPost,
  PublishResult,
  UnfinishedPost,
} from './publish/result.ts';
export { type ResumeMedia, resumePublish } from './publish/resume-publish.ts';
export type { TokenRequest, TokenSource } from './token-source.ts';
export type { ChunkBody } from './upload/chunk-body.ts';
export {
  type ByteRange,
  type ChunkPlan,
  chunkRange,
  MAX_VIDEO_SIZE,
  planUploads,
} from './upload/chunk-plan.ts';
export type { ChunkAnswer, ChunkRequest, ChunkSender } from './upload/chunk-sender.ts';
export { type FetchSenderOptions, fetchSender } from './upload/fetch-sender.ts';
export { parseUploadCheckpoint, type UploadCheckpoint } from './upload/upload-checkpoint.ts';
export type {
  FetchUploadStatus,
  ResumeOptions,
  TransferOptions,
  UploadOptions,
  UploadResult,
  UploadStatus,
} from './upload/upload-options.ts';
export type { UploadProgress } from './upload/upload-progress.ts';
export type { AllowUploadHost } from './upload/upload-url.ts';
export { resumeUpload, uploadVideo } from './upload/upload-video.ts';
export { type UrlSourceOptions, urlSource } from './upload/url-source.ts';
export {
  type ByteStream,
  blobSource,
  type RangeReader,
  type RangeSourceOptions,
  rangeSource,
  type VideoSource,
} from './upload/video-source.ts';
export {
  type InspectOptions,
  inspectVideo,
  isVideoContentType,
  type VideoContentType,
} from './upload/video-type.ts';
export type { OnWarning, SeedFormWarning } from './warnings.ts';
