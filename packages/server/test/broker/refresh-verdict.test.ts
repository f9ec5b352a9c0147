import {
  TikTokApiError,
  TikTokNetworkError,
  TikTokOAuthError,
  TikTokTimeoutError,
} from '@greenroom/sdk';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeRefreshFailure, nameRefusal } from '../../src/accounts/broker/refresh-verdict.ts';

const REFUSALS = ['invalid_grant', 'access_denied'];

test('no code of TikTok but two refuses a refresh token, at any status', () => {
  const codes = fc.string({ minLength: 1 }).filter((code) => !REFUSALS.includes(code));
  const statuses = fc.constantFrom(200, 400, 401, 403, 404, 429, 500, 502, 503);
  fc.assert(
    fc.property(codes, statuses, (code, status) => {
      const verdict = judgeRefreshFailure(new TikTokOAuthError({ code, status }));
      expect(verdict.kind).not.toBe('refused');
    }),
  );
});

test.each(REFUSALS)('%s refuses it', (code) => {
  expect(judgeRefreshFailure(new TikTokOAuthError({ code, status: 200 }))).toEqual({
    kind: 'refused',
    code,
    retryAfterMs: 0,
  });
});

test('a network never refuses, whatever it does', () => {
  const codes = fc.oneof(fc.constantFrom(...REFUSALS), fc.string({ minLength: 1 }));
  fc.assert(
    fc.property(codes, fc.boolean(), (code, isRepeatSafe) => {
      for (const Failure of [TikTokNetworkError, TikTokTimeoutError, TikTokApiError]) {
        const { kind } = judgeRefreshFailure(new Failure({ code, isRepeatSafe }));
        expect(kind).toBe(isRepeatSafe ? 'delayed' : 'unclear');
      }
    }),
  );
});

test('a failure of our own is no word of TikTok', () => {
  expect(judgeRefreshFailure(new Error('out of memory'))).toEqual({
    kind: 'delayed',
    code: 'internal_error',
    retryAfterMs: 0,
  });
});

test.each([
  { isUnclear: false, isExpired: false, reason: 'refresh_refused' },
  { isUnclear: false, isExpired: true, reason: 'refresh_expired' },
  { isUnclear: true, isExpired: false, reason: 'refresh_lost' },
  { isUnclear: true, isExpired: true, reason: 'refresh_lost' },
])('a refused token, unclear $isUnclear and expired $isExpired, is $reason', (row) => {
  expect(nameRefusal(row)).toBe(row.reason);
});
