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
