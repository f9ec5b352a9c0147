import {
  TikTokApiError,
  TikTokNetworkError,
  TikTokUploadError,
  TikTokValidationError,
} from '@greenroom/sdk';
import { expect, test } from 'vitest';
import { AccountUnavailableError } from '../../src/accounts/broker/account-unavailable.ts';
import { MediaGoneError } from '../../src/media/store/media-store.ts';
import { judgeUploadFailure } from '../../src/publishing/attempt/end-failed-upload.ts';
import { judgeInitFailure } from '../../src/publishing/attempt/init-failure.ts';
import { SlotNotFree } from '../../src/publishing/limits/not-now.ts';

const INIT = 'POST /v2/post/publish/video/init/';
const CREATOR = 'POST /v2/post/publish/creator_info/query/';

function refused(request: string, status: number, code: string): TikTokApiError {
  return new TikTokApiError({ request, status, code });
}

test.each([
  // A 4xx made nothing.
  [refused(INIT, 400, 'invalid_params'), { kind: 'fail' }],
  [refused(INIT, 403, 'url_ownership_unverified'), { kind: 'fail' }],
  [refused(INIT, 403, 'spam_risk_too_many_posts'), { kind: 'hold' }],
  [refused(INIT, 403, 'a_code_of_tomorrow'), { kind: 'fail' }],
  [refused(INIT, 401, 'access_token_invalid'), { kind: 'hold' }],
  [refused(INIT, 401, 'scope_not_authorized'), { kind: 'hold' }],
  [refused(INIT, 429, 'rate_limit_exceeded'), { kind: 'wait', reason: 'rate_limit' }],
  // A 5xx or a cut at init may have; at creator info it cannot.
  [refused(INIT, 500, 'internal_error'), { kind: 'unclear' }],
  [new TikTokNetworkError({ request: INIT, code: 'network_error' }), { kind: 'unclear' }],
  [
    new TikTokNetworkError({ request: INIT, code: 'network_error', isRepeatSafe: true }),
    { kind: 'wait', reason: 'tiktok_away' },
  ],
  [refused(CREATOR, 500, 'internal_error'), { kind: 'wait', reason: 'tiktok_away' }],
  [refused(CREATOR, 403, 'spam_risk_user_banned_from_posting'), { kind: 'hold' }],
  [refused(CREATOR, 403, 'a_code_of_tomorrow'), { kind: 'hold' }],
  [new SlotNotFree('video/init', new Date(0), 7_000), { kind: 'wait', reason: 'rate_limit' }],
  // Nothing of TikTok's: a fault of ours.
  [new TypeError('a fault'), undefined],
])('init that failed with %s', (error, verdict) => {
  if (verdict === undefined) expect(judgeInitFailure(error)).toBeUndefined();
  else expect(judgeInitFailure(error)).toMatchObject(verdict);
});

const uploadError = (code: string) => new TikTokUploadError({ code });
const unavailable = (code: 'reconnect_needed' | 'refresh_delayed') =>
  new AccountUnavailableError({
    code,
    accountId: 'a',
    reason: 'removed_by_creator',
    words: 'No token.',
    whoseMove: 'creator',
  });

test.each([
  // TikTok may have it all behind the fence, whatever became of the URL, the file or the account.
  [uploadError('upload_url_expired'), 'anew', 'ask'],
  [uploadError('upload_not_found'), 'anew', 'ask'],
  [uploadError('upload_outcome_unknown'), 'ask', 'ask'],
  [uploadError('upload_task_failed'), 'ask', 'ask'],
  [uploadError('upload_rejected'), 'fail', 'ask'],
  [uploadError('upload_server_error'), 'later', 'later'],
  [uploadError('source_changed'), 'hold', 'ask'],
  [uploadError('source_failed'), 'later', 'ask'],
  [new TikTokValidationError({ code: 'source_missing' }), 'hold', 'ask'],
  [new MediaGoneError('f'), 'hold', 'ask'],
  [unavailable('reconnect_needed'), 'hold', 'ask'],
  [unavailable('refresh_delayed'), 'later', 'later'],
  [
    new TikTokNetworkError({ code: 'network_error', isRepeatSafe: true, isRetryable: true }),
    'later',
    'later',
  ],
  [new SlotNotFree('status/fetch', new Date(0), 7_000), 'later', 'later'],
  [new TypeError('a fault'), undefined, undefined],
])('an upload that ended with %s', (error, beforeTheFence, behindIt) => {
  expect(judgeUploadFailure(error, false)?.kind).toBe(beforeTheFence);
  expect(judgeUploadFailure(error, true)?.kind).toBe(behindIt);
});
