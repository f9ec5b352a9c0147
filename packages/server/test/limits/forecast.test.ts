import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CAP_WINDOW_MS } from '../../src/publishing/limits/caps.ts';
import { forecast, HORIZON_MS } from '../../src/publishing/limits/forecast.ts';
import type {
  AccountState,
  AppState,
  ForecastPost,
  ForecastState,
} from '../../src/publishing/limits/forecast-state.ts';
import { WINDOW_MS } from '../../src/publishing/limits/rate-window.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const HOUR = 3_600_000;

function account(facts: Partial<AccountState> = {}): AccountState {
  return {
    appId: 'app',
    isConnected: true,
    isBusy: false,
    retryAt: undefined,
    inits: {},
    uses: {},
    learned: {},
    ...facts,
  };
}

function state(
  facts: Partial<Omit<ForecastState, 'accounts' | 'apps'>> & {
    readonly accounts?: Record<string, AccountState>;
    readonly app?: Partial<AppState>;
  } = {},
): ForecastState {
  const { accounts = { ada: account() }, app, ...rest } = facts;
  return {
    now: NOW,
    tiktokRetryAt: undefined,
    publishMs: 0,
    ...rest,
    accounts: new Map(Object.entries(accounts)),
    apps: new Map([['app', { mostUsers: undefined, learned: undefined, users: [], ...app }]]),
  };
}

let made = 0;
function post(facts: Partial<ForecastPost> = {}): ForecastPost {
  made += 1;
  return {
    key: `post ${made}`,
    accountId: 'ada',
    endpoint: 'video/init',
    cap: 'posts',
    wantedAt: NOW,
    order: made,
    ...facts,
  };
}

const draft = { endpoint: 'inbox/video/init', cap: 'pending_shares' } as const;

/** Moments of the posts, in seconds from now, and the codes of what kept them. */
function play(given: ForecastState, posts: readonly ForecastPost[]) {
  const answers = forecast(given, posts);
  return posts.map(({ key }) => {
    const answer = answers.get(key);
    const at = answer?.goesOutAt;
    return {
      at: at === undefined ? undefined : (at - NOW) / 1000,
      why: answer?.reasons.map(({ code }) => code),
    };
  });
}

const DAY = CAP_WINDOW_MS / 1000;

test('what nothing keeps goes out when it is wanted, and what is late at once', () => {
  const posts = [post(), post({ wantedAt: NOW - HOUR }), post({ wantedAt: NOW + 90 * 24 * HOUR })];
  expect(play(state(), posts)).toEqual([
    { at: 0, why: [] },
    { at: 0, why: [] },
    { at: 90 * 86_400, why: [] },
  ]);
});

test('the seventh video of an account waits for the window, photos and drafts have windows of their own', () => {
  const videos = Array.from({ length: 7 }, () => post());
  const photo = post({ endpoint: 'content/init' });
  const inbox = post(draft);
  const answers = play(state(), [...videos, photo, inbox]);
  expect(answers.map(({ at }) => at)).toEqual([0, 0, 0, 0, 0, 0, 61, 0, 0]);
  expect(answers[6]?.why).toEqual(['rate_limit']);
});

test('an account publishes one post at a time', () => {
  const posts = [post(), post(), post()];
  expect(play(state({ publishMs: 2_000 }), posts)).toEqual([
    { at: 0, why: [] },
    { at: 2, why: ['account_busy'] },
    { at: 4, why: ['account_busy'] },
  ]);
  const busy = { ada: account({ isBusy: true }) };
  expect(play(state({ publishMs: 2_000, accounts: busy }), [post()])).toEqual([
    { at: 2, why: ['account_busy'] },
  ]);
});

test('the sixteenth post waits for the day, the sixth draft too, and the reasons bind in their order', () => {
  const posts = Array.from({ length: 16 }, () => post());
  const answers = play(state(), posts);
  expect(answers[14]).toEqual({ at: 122, why: ['rate_limit'] });
  expect(answers[15]).toEqual({ at: DAY, why: ['rate_limit', 'cap_posts'] });
  const drafts = Array.from({ length: 6 }, () => post(draft));
  expect(play(state(), drafts)[5]).toEqual({ at: DAY, why: ['cap_pending_shares'] });
});

test('places that are taken already count from when they were taken', () => {
  const at = Array.from({ length: 15 }, (_, index) => NOW - (20 - index) * HOUR);
  const accounts = { ada: account({ uses: { posts: at } }) };
  expect(play(state({ accounts }), [post(), post()]).map((one) => one.at)).toEqual([
    4 * 3_600 + 60,
    5 * 3_600 + 60,
  ]);
});

test('what a refusal taught binds until it holds no more', () => {
  const learned = { most: 2, notBefore: NOW + HOUR, holdsUntil: NOW + 10 * HOUR };
  const uses = { posts: [NOW - HOUR, NOW - HOUR] };
  const accounts = { ada: account({ uses, learned: { posts: learned } }) };
  const [answer] = play(state({ accounts }), [post()]);
  expect(answer).toEqual({ at: 10 * 3_600, why: ['cap_posts'] });
  const later = post({ wantedAt: NOW + 11 * HOUR });
  expect(play(state({ accounts }), [later])).toEqual([{ at: 11 * 3_600, why: [] }]);
});

test('an unaudited app posts for five users a day, and its users go on', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const accounts = Object.fromEntries(names.map((name) => [name, account()]));
  const posts = names.map((accountId, index) => post({ accountId, wantedAt: NOW + index * 1000 }));
  const again = post({ accountId: 'b', wantedAt: NOW + HOUR });
  const answers = play(state({ accounts, app: { mostUsers: 5 } }), [...posts, again]);
  expect(answers.map(({ at }) => at)).toEqual([0, 1, 2, 3, 4, DAY, 3_600]);
  expect(answers[5]?.why).toEqual(['cap_users']);
});

test('users of other workspaces take places of the app, and drafts take none', () => {
  const users = [1, 2, 3, 4, 5].map((hour) => ({
    key: `hash ${hour}`,
    at: NOW - (6 - hour) * HOUR,
  }));
  const given = state({ app: { mostUsers: 5, users } });
  expect(play(given, [post(), post(draft)])).toEqual([
    { at: DAY - 5 * 3_600, why: ['cap_users'] },
    { at: 0, why: [] },
  ]);
});

test('a post that waits already says until when and why; others may overtake it', () => {
  const waiting = post({ wait: { until: NOW + 30_000, code: 'token_delayed' } });
  expect(play(state(), [waiting, post()])).toEqual([
    { at: 30, why: ['token_delayed'] },
    { at: 0, why: [] },
  ]);
});

test('of two posts that may go the one that came first goes first', () => {
  const inits = { 'video/init': Array.from({ length: 6 }, () => NOW - 31_000) };
  const accounts = { ada: account({ inits }) };
  const late = post({ order: 1, wantedAt: NOW + 10_000 });
  const early = post({ order: 2 });
  expect(play(state({ accounts, publishMs: 1_000 }), [early, late]).map(({ at }) => at)).toEqual([
    31, 30,
  ]);
});

test.each([
  { name: 'TikTok', facts: { tiktokRetryAt: NOW + 20_000 } },
  { name: 'the account', facts: { accounts: { ada: account({ retryAt: NOW + 20_000 }) } } },
])('while $name is left alone a post waits', ({ facts }) => {
  expect(play(state(facts), [post()])).toEqual([{ at: 20, why: ['circuit_open'] }]);
});

test('an account that is not connected has no moment', () => {
  const accounts = { ada: account({ isConnected: false }), bob: account() };
  expect(play(state({ accounts }), [post(), post({ accountId: 'bob' })])).toEqual([
    { at: undefined, why: ['reconnect_needed'] },
    { at: 0, why: [] },
  ]);
});

test('what would be more than a week late has no moment, and says why', () => {
  const posts = Array.from({ length: 15 * 8 + 1 }, () => post());
  const answers = play(state(), posts);
  expect(answers.at(-1)).toEqual({ at: undefined, why: ['rate_limit', 'cap_posts'] });
  expect(answers[15 * 7 - 1]?.at).toBeLessThan(HORIZON_MS / 1000);
});

test('no plan breaks a limit, whatever is planned', () => {
  const lanes = fc.constantFrom(
    { endpoint: 'video/init', cap: 'posts' } as const,
    { endpoint: 'content/init', cap: 'posts' } as const,
    draft,
  );
  const anyPost = fc.record({
    lane: lanes,
    accountId: fc.constantFrom('a', 'b', 'c', 'd'),
    after: fc.integer({ min: -60, max: 2 * 24 * 60 }),
  });
  const accounts = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, account()]));
  fc.assert(
    fc.property(
      fc.array(anyPost, { maxLength: 80 }),
      fc.integer({ min: 1, max: 3 }),
      (plan, most) => {
        const posts = plan.map(({ accountId, after, lane }) =>
          post({ ...lane, accountId, wantedAt: NOW + after * 60_000 }),
        );
        const given = state({ accounts, publishMs: 1_000, app: { mostUsers: most } });
        const answers = forecast(given, posts);
        const out = posts
          .map((one) => ({ ...one, at: answers.get(one.key)?.goesOutAt ?? NOW + HORIZON_MS * 9 }))
          .filter(({ at }) => at <= NOW + HORIZON_MS * 2);
        for (const one of out) {
          expect(one.at).toBeGreaterThanOrEqual(Math.max(NOW, one.wantedAt));
          const within = (length: number) =>
            out.filter(({ at }) => at > one.at - length && at <= one.at);
          const own = (length: number) =>
            within(length).filter(({ accountId }) => accountId === one.accountId);
          const inits = own(WINDOW_MS).filter(({ endpoint }) => endpoint === one.endpoint);
          expect(inits.length).toBeLessThanOrEqual(6);
          const day = own(CAP_WINDOW_MS).filter(({ cap }) => cap === one.cap);
          expect(day.length).toBeLessThanOrEqual(one.cap === 'posts' ? 15 : 5);
          if (one.cap !== 'posts') continue;
          const users = within(CAP_WINDOW_MS).filter(({ cap }) => cap === 'posts');
          expect(new Set(users.map(({ accountId }) => accountId)).size).toBeLessThanOrEqual(most);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('ten thousand posts are played in well under a second of processor time', () => {
  const names = Array.from({ length: 500 }, (_, index) => `account ${index}`);
  const accounts = Object.fromEntries(names.map((name) => [name, account()]));
  const posts = Array.from({ length: 10_000 }, (_, index) =>
    post({ accountId: names[index % 500] ?? '', wantedAt: NOW + (index % 97) * HOUR }),
  );
  const before = process.threadCpuUsage();
  const answers = forecast(state({ accounts, app: { mostUsers: 100 } }), posts);
  const { user, system } = process.threadCpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(800);
  expect(answers.size).toBe(10_000);
});
