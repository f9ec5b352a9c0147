import { readFileSync } from 'node:fs';
import { TIKTOK_RATE_LIMITS } from '@greenroom/sdk';
import { expect, test } from 'vitest';
import { CAP_WINDOW_MS, capOfRefusal, DOCUMENTED_CAPS } from '../../src/publishing/limits/caps.ts';
import { pauseOf, THRESHOLDS } from '../../src/publishing/limits/circuit-rules.ts';
import { toWords } from '../../src/publishing/limits/forecast-words.ts';
import { WINDOW_MS } from '../../src/publishing/limits/rate-window.ts';

const page = readFileSync(new URL('../../../../docs/limits.md', import.meta.url), 'utf8');

/** The rows of the table under these headings, cell by cell. */
function rowsUnder(heading: string): string[][] {
  const [, body = ''] =
    new RegExp(`^\\| ${heading}.*\\n\\| -.*\\n((\\|.*\\n)+)`, 'm').exec(page) ?? [];
  return body
    .trim()
    .split('\n')
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const codesIn = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

test('docs/limits.md has every endpoint with its limit', () => {
  const told = rowsUnder('limit').flatMap(([endpoints, , places, window]) =>
    codesIn(endpoints).map((endpoint) => [endpoint, Number(places), window]),
  );
  const there = Object.entries(TIKTOK_RATE_LIMITS).map(([endpoint, most]) => [
    endpoint,
    most,
    `${WINDOW_MS / 1000} s`,
  ]);
  expect(told.toSorted()).toEqual(there.toSorted());
});

test('docs/limits.md has the limits of the day', () => {
  const caps = rowsUnder('limit').filter(([limit]) => codesIn(limit).length === 0);
  expect(caps.map(([, , places]) => Number.parseInt(places ?? '', 10))).toEqual([
    DOCUMENTED_CAPS.posts,
    DOCUMENTED_CAPS.pending_shares,
    DOCUMENTED_CAPS.users,
  ]);
  expect(CAP_WINDOW_MS).toBe(24 * 3_600_000 + 60_000);
  expect(caps.every(([, , , window]) => window === '24 h and a minute')).toBe(true);
});

test('docs/limits.md has the refusals that teach something, and the reasons of a forecast', () => {
  const refusals = rowsUnder('refusal').flatMap(([codes]) => codesIn(codes));
  const caps = refusals.filter((code) => code !== 'rate_limit_exceeded');
  expect(caps.map(capOfRefusal)).toEqual(['posts', 'pending_shares', 'users']);
  const reasons = rowsUnder('reason').flatMap(([codes]) => codesIn(codes));
  for (const code of reasons) {
    expect(toWords({ code, until: undefined })).not.toContain('TikTok’s reason is');
  }
});

test('docs/limits.md has the numbers of the circuits', () => {
  const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six'];
  const { account, tiktok } = THRESHOLDS;
  expect(page).toContain(`${words[account.failures]} in a row that of an account`);
  const all = `${words[tiktok.failures]} in a row of at least ${words[tiktok.accounts]} accounts`;
  expect(page).toContain(all);
  const pauses = [1, 2, 3, 4, 5].map((openings) => pauseOf(openings) / 1000);
  const [first, second, third, fourth, longest] = pauses;
  expect(page).toContain(
    `After ${first} s, then ${second}, ${third}, ${fourth}, and every ${longest} s`,
  );
});
