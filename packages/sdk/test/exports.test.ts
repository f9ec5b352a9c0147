import * as root from '@greenroom/sdk';
import * as node from '@greenroom/sdk/node';
import * as oauth from '@greenroom/sdk/oauth';
import * as webhooks from '@greenroom/sdk/webhooks';
import { expect, test } from 'vitest';

test.each<[string, object, string[]]>([
  [
    '@greenroom/sdk',
    root,
    [
      'MAX_VIDEO_SIZE',
      'PHOTO_DESCRIPTION_LIMIT',
      'PHOTO_TITLE_LIMIT',
      'PublishRun',
      'SlidingWindowLimiter',
      'TIKTOK_RATE_LIMITS',
      'TikTokApiError',
      'TikTokClient',
      'TikTokError',
      'TikTokInvalidPostError',
      'TikTokNetworkError',
      'TikTokOAuthError',
      'TikTokTimeoutError',
      'TikTokUnclearInitError',
      'TikTokUploadError',
      'TikTokValidationError',
      'TikTokWebhookSignatureError',
      'VIDEO_TITLE_LIMIT',
      'blobSource',
      'captionLength',
      'chunkRange',
      'explain',
      'explainFailReason',
      'fetchSender',
      'followPost',
      'inspectVideo',
      'isVideoContentType',
      'parsePublishCheckpoint',
      'parseUploadCheckpoint',
      'planUploads',
      'postUrl',
      'publishPhotos',
      'publishVideo',
      'rangeSource',
      'resumePublish',
      'resumeUpload',
      'truncateCaption',
      'uploadVideo',
      'urlSource',
    ],
  ],
  [
    '@greenroom/sdk/node',
    node,
    [
      'fileSource',
      'nodeSender',
      'publishVideo',
      'resumePublish',
      'resumeUpload',
      'toVideoSource',
      'uploadVideo',
    ],
  ],
  [
    '@greenroom/sdk/oauth',
    oauth,
    [
      'RefreshingTokenSource',
      'TikTokOAuth',
      'createCodeVerifier',
      'createState',
      'parseCallback',
      'restoreTokens',
      'revealTokens',
      'toCodeChallenge',
      'verifyState',
    ],
  ],
  ['@greenroom/sdk/webhooks', webhooks, ['parseWebhook', 'verifyWebhook', 'webhookIdempotencyKey']],
])('%s exports these names and no others', (_entry, entry, names) => {
  expect(Object.keys(entry).sort()).toEqual(names);
});
