import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { STATE_REASONS, type StateReason } from '../../src/accounts/account-state.ts';
import { type HealthFacts, judgeHealth, type TokenFacts } from '../../src/accounts/health.ts';
import { allScopes, SCOPES, toScopeGrants } from '../../src/accounts/scopes.ts';

const now = new Date('2026-11-21T12:00:00Z');
const minutes = (count: number) => new Date(now.getTime() + count * 60_000);
const days = (count: number) => minutes(count * 24 * 60);

const healthyTokens: TokenFacts = {
  accessExpiresAt: minutes(120),
  refreshExpiresAt: days(180),
  failingSince: null,
  lastFailureCode: null,
};

function facts(differences: Partial<HealthFacts>, tokens: Partial<TokenFacts> = {}): HealthFacts {
  return {
    state: 'connected',
    stateReason: null,
    scopes: allScopes(),
    scopesAsked: allScopes(),
    tokens: { ...healthyTokens, ...tokens },
    ...differences,
  };
}

test.each<{ name: string; given: HealthFacts; codes: string[] }>([
  { name: 'all is well', given: facts({}), codes: [] },
  {
    name: 'a scope was withheld',
    given: facts({ scopes: allScopes().filter((scope) => scope !== 'video.list') }),
    codes: ['scope_missing'],
  },
  {
    name: 'a scope was not asked for',
    given: facts({ scopes: ['video.publish'], scopesAsked: ['video.publish'] }),
    codes: [],
  },
  {
    name: 'a refresh failed a moment ago',
    given: facts({}, { failingSince: minutes(-5), lastFailureCode: 'timeout' }),
    codes: [],
  },
  {
    name: 'refreshes have failed for half an hour',
    given: facts({}, { failingSince: minutes(-30), lastFailureCode: 'timeout' }),
    codes: ['refresh_failing'],
  },
  {
    name: 'a refresh failed a moment ago and the access token has ended',
    given: facts({}, { failingSince: minutes(-5), accessExpiresAt: minutes(-1) }),
    codes: ['refresh_failing'],
  },
  ...['invalid_client', 'unauthorized_client'].map((lastFailureCode) => ({
    name: `the credentials of the app are refused with ${lastFailureCode}`,
    given: facts({}, { failingSince: minutes(-1), lastFailureCode }),
    codes: ['app_credentials_refused'],
  })),
  {
    name: 'the authorization ends in 13 days',
    given: facts({}, { refreshExpiresAt: days(13) }),
    codes: ['authorization_ending'],
  },
  {
    name: 'the authorization ends in 14 days',
    given: facts({}, { refreshExpiresAt: days(14) }),
    codes: [],
  },
  {
    name: 'TikTok did not say when the authorization ends',
    given: facts({}, { refreshExpiresAt: null }),
    codes: [],
  },
  {
    name: 'several things at once: the most pressing first',
    given: facts(
      { scopes: [] },
      { failingSince: minutes(-60), lastFailureCode: null, refreshExpiresAt: days(1) },
    ),
    codes: ['refresh_failing', 'authorization_ending', ...allScopes().map(() => 'scope_missing')],
  },
  {
    name: 'it is not connected: nothing else counts',
    given: facts({ state: 'reconnect_needed', stateReason: 'account_banned', scopes: [] }),
    codes: ['account_banned'],
  },
])('$name: $codes', ({ given, codes }) => {
  const health = judgeHealth(given, now);
  expect(health.reasons.map(({ code }) => code)).toEqual(codes);
  expect(health.isHealthy).toBe(codes.length === 0);
  for (const reason of health.reasons) {
    expect(reason.words).toMatch(/^[A-Z].*\.$/s);
    expect(reason.remedy).toMatch(/^[A-Z].*\.$/s);
  }
});

test('the words name the code, the time and the end of the access token', () => {
  const given = facts({}, { failingSince: minutes(-60), lastFailureCode: 'timeout' });
  expect(judgeHealth(given, now).reasons[0]?.words).toBe(
    'The access could not be renewed since 2026-11-21 11:00 UTC (timeout); the access token ends 2026-11-21 14:00 UTC.',
  );
});

test('scopes that Greenroom does not know are shown as granted', () => {
  const grants = toScopeGrants(['user.info.basic', 'artist.certification.read']);
  expect(grants.filter(({ isGranted }) => isGranted).map(({ scope }) => scope)).toEqual([
    'user.info.basic',
    'artist.certification.read',
  ]);
});

describe('docs/accounts.md', async () => {
  const page = await readFile(new URL('../../../../docs/accounts.md', import.meta.url), 'utf8');

  // The keys of the table are its reasons; Object.keys widens them to string.
  test.each(Object.keys(STATE_REASONS) as StateReason[])('explains %s as the code does', (code) => {
    const { words, remedy, whoseMove } = STATE_REASONS[code];
    expect(page).toContain(`| \`${code}\` | ${words} | ${remedy} | ${whoseMove} |`);
  });

  test.each([
    'app_credentials_refused',
    'authorization_ending',
    'refresh_failing',
    'scope_missing',
  ])('explains %s', (code) => expect(page).toContain(`| \`${code}\` |`));

  test.each(SCOPES)('says what $scope costs', ({ scope, costs }) => {
    expect(page).toContain(`| \`${scope}\` | ${costs} |`);
  });
});
