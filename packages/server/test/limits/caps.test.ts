import { expect, test } from 'vitest';
import {
  CAP_WINDOW_MS,
  type CapFacts,
  capOfRefusal,
  learnFrom,
  mostUsers,
  roomOf,
} from '../../src/publishing/limits/caps.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Hours from now until there is room, and whether a refusal taught it. */
function room(facts: Partial<CapFacts>) {
  const whole = { cap: 'posts', most: 15, uses: [], learned: undefined, ...facts } as const;
  const { freeAt, isLearned } = roomOf(whole, NOW);
  return { inHours: (freeAt - NOW) / HOUR, isLearned };
}

const hoursAgo = (...hours: number[]) => hours.map((hour) => NOW - hour * HOUR);
const WINDOW = CAP_WINDOW_MS / HOUR;

test.each<{ name: string; facts: Partial<CapFacts>; inHours: number; isLearned?: true }>([
  { name: 'nothing is taken', facts: {}, inHours: 0 },
  { name: 'one place is left', facts: { most: 3, uses: hoursAgo(3, 2) }, inHours: 0 },
  { name: 'all are taken', facts: { most: 3, uses: hoursAgo(3, 2, 1) }, inHours: WINDOW - 3 },
  { name: 'one is over', facts: { most: 3, uses: hoursAgo(25, 2, 1) }, inHours: 0 },
  {
    name: 'more are taken than there are',
    facts: { most: 1, uses: hoursAgo(3, 1) },
    inHours: WINDOW - 1,
  },
  { name: 'no cap is known', facts: { most: undefined, uses: hoursAgo(3, 2, 1) }, inHours: 0 },
  {
    name: 'fewer were learned',
    facts: {
      uses: hoursAgo(5, 4),
      learned: { most: 2, notBefore: NOW, holdsUntil: NOW + 9 * DAY },
    },
    inHours: WINDOW - 5,
    isLearned: true,
  },
  {
    name: 'a moment was learned',
    facts: { learned: { most: null, notBefore: NOW + 7 * HOUR, holdsUntil: NOW + DAY } },
    inHours: 7,
    isLearned: true,
  },
  {
    name: 'what was learned holds for less than it asks',
    facts: { learned: { most: null, notBefore: NOW + 7 * HOUR, holdsUntil: NOW + HOUR } },
    inHours: 1,
    isLearned: true,
  },
  {
    name: 'what was learned holds no more',
    facts: { uses: hoursAgo(5), learned: { most: 1, notBefore: NOW + HOUR, holdsUntil: NOW } },
    inHours: 0,
  },
  {
    name: 'the documents bind more than what was learned',
    facts: {
      most: 1,
      uses: hoursAgo(1),
      learned: { most: null, notBefore: NOW + HOUR, holdsUntil: NOW + DAY },
    },
    inHours: WINDOW - 1,
  },
])('when $name, the next place is free in $inHours h', ({ facts, inHours, isLearned = false }) => {
  expect(room(facts)).toEqual({ inHours, isLearned });
});

test('our day outlasts TikTok’s by more than an init may take', () => {
  expect(CAP_WINDOW_MS - DAY).toBeGreaterThanOrEqual(30_000);
});

test.each([
  {
    name: 'some are taken: as many there were',
    uses: hoursAgo(20, 1),
    refusals: 0,
    most: 2,
    inHours: WINDOW - 20,
    holdsHours: WINDOW,
  },
  {
    name: 'none is: others took them, and a day has to pass',
    uses: [],
    refusals: 0,
    most: null,
    inHours: 24,
    holdsHours: WINDOW,
  },
  {
    name: 'again within a week: the creator has fewer',
    uses: hoursAgo(20, 1),
    refusals: 1,
    most: 2,
    inHours: WINDOW - 20,
    holdsHours: 7 * 24,
  },
])('a refusal teaches, when $name', ({ uses, refusals, most, inHours, holdsHours }) => {
  expect(learnFrom(uses, refusals, NOW)).toEqual({
    most,
    notBefore: NOW + inHours * HOUR,
    holdsUntil: NOW + holdsHours * HOUR,
    refusals: refusals + 1,
  });
});

test.each([
  { isAudited: null, dailyUsers: null, most: undefined },
  { isAudited: true, dailyUsers: null, most: undefined },
  { isAudited: false, dailyUsers: null, most: 5 },
  { isAudited: true, dailyUsers: 500, most: 500 },
  { isAudited: false, dailyUsers: 7, most: 7 },
])('an app (audited: $isAudited, users: $dailyUsers) has $most users a day', ({ most, ...app }) => {
  expect(mostUsers(app)).toBe(most);
});

test.each([
  ['spam_risk_too_many_posts', 'posts'],
  ['spam_risk_too_many_pending_share', 'pending_shares'],
  ['reached_active_user_cap', 'users'],
  ['spam_risk_user_banned_from_posting', undefined],
  ['spam_risk', undefined],
  ['toString', undefined],
])('the refusal %s is about %s', (code, cap) => {
  expect(capOfRefusal(code)).toBe(cap);
});
