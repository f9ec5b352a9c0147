/** Where TikTok documents its rules; every violation, code and route names one of these pages. */
export const documents = {
  authorizeWeb: 'https://developers.tiktok.com/doc/login-kit-web',
  authorizeDesktop: 'https://developers.tiktok.com/doc/login-kit-desktop',
  qrLogin: 'https://developers.tiktok.com/doc/login-kit-qr-code-authorization',
  userToken: 'https://developers.tiktok.com/doc/oauth-user-access-token-management',
  clientToken: 'https://developers.tiktok.com/doc/client-access-token-management',
  oauthErrors: 'https://developers.tiktok.com/doc/oauth-error-handling',
  scopes: 'https://developers.tiktok.com/doc/tiktok-api-scopes',
  apiErrors: 'https://developers.tiktok.com/doc/tiktok-api-v2-error-handling',
  rateLimits: 'https://developers.tiktok.com/doc/tiktok-api-v2-rate-limit',
  creatorInfo: 'https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info',
  directPost: 'https://developers.tiktok.com/doc/content-posting-api-reference-direct-post',
  inboxVideo: 'https://developers.tiktok.com/doc/content-posting-api-reference-upload-video',
  photoPost: 'https://developers.tiktok.com/doc/content-posting-api-reference-photo-post',
  postStatus: 'https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status',
  mediaTransfer: 'https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide',
  contentSharing: 'https://developers.tiktok.com/doc/content-sharing-guidelines',
  userInfo: 'https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info',
  videoList: 'https://developers.tiktok.com/doc/tiktok-api-v2-video-list',
  videoQuery: 'https://developers.tiktok.com/doc/tiktok-api-v2-video-query',
  videoObject: 'https://developers.tiktok.com/doc/tiktok-api-v2-video-object',
  webhooks: 'https://developers.tiktok.com/doc/webhooks-overview',
  webhookEvents: 'https://developers.tiktok.com/doc/webhooks-events',
  webhookVerification: 'https://developers.tiktok.com/doc/webhooks-verification',
  sandbox: 'https://developers.tiktok.com/doc/add-a-sandbox',
  /** The emulator's own control API, which TikTok does not have. */
  control: 'https://github.com/greenroom-dev/greenroom/blob/main/docs/emulator.md',
} as const;

/** One of the pages of {@link documents}. */
export type DocumentAddress = (typeof documents)[keyof typeof documents];
