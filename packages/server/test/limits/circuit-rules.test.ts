import { TikTokApiError, TikTokNetworkError, TikTokTimeoutError } from '@greenroom/sdk';
import { expect, test } from 'vitest';
import {
  afterFailure,
  type Circuit,
  CLOSED,
  outcomeOf,
  pauseOf,
} from '../../src/publishing/limits/circuit-rules.ts';

/** What failures of these accounts, one after the other, make of a circuit. */
function fail(kind: 'account' | 'tiktok', accounts: readonly string[], from: Circuit = CLOSED) {
  return accounts.reduce((circuit, account) => afterFailure(circuit, kind, account), from);
}

test.each([
  { kind: 'account', of: 'three failures', accounts: ['a', 'a', 'a'], state: 'closed' },
  { kind: 'account', of: 'four failures', accounts: ['a', 'a', 'a', 'a'], state: 'open' },
  { kind: 'tiktok', of: 'five failures', accounts: ['a', 'b', 'c', 'd', 'e'], state: 'closed' },
  { kind: 'tiktok', of: 'six failures', accounts: ['a', 'a', 'a', 'a', 'a', 'b'], state: 'open' },
  {
    kind: 'tiktok',
    of: 'many failures of one account',
    accounts: Array(20).fill('a'),
    state: 'closed',
  },
] as const)('after $of in a row the circuit ($kind) is $state', ({ kind, accounts, state }) => {
  expect(fail(kind, accounts)).toMatchObject({ state, failures: accounts.length });
});

test('each opening lasts twice as long, two minutes at most', () => {
  expect([1, 2, 3, 4, 5, 6, 60].map(pauseOf)).toEqual([
    10_000, 20_000, 40_000, 80_000, 120_000, 120_000, 120_000,
  ]);
});

test('a failed probe opens it again, for longer; a late failure of an open one changes nothing', () => {
  const open = fail('account', ['a', 'a', 'a', 'a']);
  expect(open).toMatchObject({ openings: 1, retryInMs: 10_000 });
  expect(fail('account', ['a'], open)).toEqual({ ...open, failures: 5 });
  const probed = fail('account', ['a'], { ...open, state: 'half_open' });
  expect(probed).toMatchObject({ state: 'open', openings: 2, retryInMs: 20_000 });
});

test.each([
  { name: 'an answer', error: undefined, outcome: 'ok' },
  {
    name: 'a refusal',
    error: new TikTokApiError({ code: 'spam_risk', status: 403 }),
    outcome: 'ok',
  },
  {
    name: 'a 429',
    error: new TikTokApiError({ code: 'rate_limit_exceeded', status: 429 }),
    outcome: 'ok',
  },
  {
    name: 'a failure inside TikTok',
    error: new TikTokApiError({ code: 'internal_error', status: 500 }),
    outcome: 'away',
  },
  { name: 'no answer', error: new TikTokNetworkError({ code: 'network_error' }), outcome: 'away' },
  {
    name: 'no answer in time',
    error: new TikTokTimeoutError({ code: 'timeout' }),
    outcome: 'away',
  },
  { name: 'a caller who gave up', error: new DOMException('', 'AbortError'), outcome: undefined },
  { name: 'an error of ours', error: new Error('ours'), outcome: undefined },
])('$name counts as $outcome', ({ error, outcome }) => {
  expect(outcomeOf(error)).toBe(outcome);
});
