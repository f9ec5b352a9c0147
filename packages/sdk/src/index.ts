export type { Clock, Random, Sleep } from './clock.ts';
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
export {
  captionLength,
  PHOTO_DESCRIPTION_LIMIT,
  PHOTO_TITLE_LIMIT,
  truncateCaption,
  VIDEO_TITLE_LIMIT,
} from './publish/caption.ts';
export { type PostProblem, TikTokInvalidPostError } from './publish/problems.ts';
export type { OnWarning, SeedFormWarning } from './warnings.ts';
