import { readFileSync } from 'node:fs';
import { explain, explainFailReason, TikTokApiError } from '@greenroom/sdk';
import { expect, test } from 'vitest';

interface DocumentedCode {
  readonly section: string;
  readonly code: string;
  readonly kind: string;
}

const MOVES = ['developer', 'creator', 'person', 'tiktok', 'nobody'];

function readDocumentedCodes(): DocumentedCode[] {
  const file = new URL('./fixtures/tiktok-codes.md', import.meta.url);
  const [, ...sections] = readFileSync(file, 'utf8').split('\n## ');
  return sections.flatMap((section) => {
    const [title = ''] = section.split('\n');
    const rows = Array.from(section.matchAll(/^\| `([^`]+)` \| ([a-z_, ]+) \|$/gm));
    return rows.map(([, code = '', kind = '']) => ({ section: title, code, kind }));
  });
}

const documented = readDocumentedCodes();

test('the fixture is read whole', () => {
  expect(documented.length).toBe(94);
  expect(new Set(documented.map(({ section }) => section)).size).toBe(12);
});

test.each(documented)('$section: $code is explained', ({ code, kind }) => {
  const explanation = kind.startsWith('fail_reason') ? explainFailReason(code) : explain(code);
  expect(explanation).toMatchObject({ code, isKnown: true });
  expect(explanation.sentence).toMatch(/^[A-Z].{20,}\.$/);
  expect(MOVES).toContain(explanation.whoseMove);
});

test.each([
  'network_error',
  'timeout',
  'answer_empty',
  'checkpoint_invalid',
  'source_missing',
  'upload_url_expired',
])('%s, one of our own, is explained', (code) => {
  expect(explain(code)).toMatchObject({ code, isKnown: true });
});

test('both spellings of invalid_param say the same', () => {
  const { code: _singular, ...one } = explain('invalid_param');
  const { code: _plural, ...other } = explain('invalid_params');
  expect(one).toEqual(other);
});

test.each([
  ['unauthorized', 'access_token_invalid'],
  ['too_many_requests', 'rate_limit_exceeded'],
  ['internal_server_error', 'internal_error'],
  ['bad_gateway', 'internal_error'],
  ['service_unavailable', 'internal_error'],
])('%s of old notes means %s', (alias, official) => {
  expect({ ...explain(alias), code: official }).toEqual(explain(official));
});

test.each([
  [401, 'access_token_invalid'],
  [429, 'rate_limit_exceeded'],
  [500, 'internal_error'],
  [503, 'internal_error'],
])('an unknown code with status %i is explained as %s, and kept', (status, official) => {
  const expected = { ...explain(official), code: 'brand_new_code', isKnown: false };
  expect(explain('brand_new_code', status)).toEqual(expected);
});

test.each([undefined, 400, 403, 404])('an unknown code with status %s is permanent', (status) => {
  expect(explain('brand_new_code', status)).toMatchObject({
    code: 'brand_new_code',
    isKnown: false,
    isRepeatSafe: true,
    isRetryable: false,
  });
});

test('an unknown fail_reason is permanent, and kept', () => {
  expect(explainFailReason('brand_new_reason')).toMatchObject({
    code: 'brand_new_reason',
    isKnown: false,
    isRetryable: false,
  });
});

test.each(['constructor', '__proto__', 'toString', ''])('the code %j is an unknown one', (code) => {
  expect(explain(code)).toMatchObject({ code, isKnown: false });
  expect(explainFailReason(code)).toMatchObject({ code, isKnown: false });
});

test('an error knows what the catalogue says of its code', () => {
  const code = 'spam_risk_too_many_posts';
  const error = new TikTokApiError({ code, message: 'm', status: 403, logId: 'l' });
  const { sentence, whoseMove } = explain(code);
  expect(error.toJSON()).toEqual({
    name: 'TikTokApiError',
    message: 'm',
    code,
    status: 403,
    logId: 'l',
    isRepeatSafe: true,
    isRetryable: false,
    whoseMove,
    explanation: sentence,
  });
});
