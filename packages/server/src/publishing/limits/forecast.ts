import { type CapRoom, roomOf } from './caps.ts';
import { EarliestFirst } from './earliest-first.ts';
import { ForecastApp } from './forecast-app.ts';
import { ForecastLane, type LaneMoment } from './forecast-lane.ts';
import type {
  AccountState,
  ForecastAnswer,
  ForecastPost,
  ForecastReason,
  ForecastState,
} from './forecast-state.ts';
import { freeAt, mostOf, WINDOW_MS } from './rate-window.ts';
import type { Cap } from './tables.ts';

/** How much later than wanted a post may go out and still get a moment. */
export const HORIZON_MS = 7 * 86_400_000;

/**
 * Says when each post can go out, and why not sooner: plays what the ledger and the queue will do, post by post in the
 * order of time. It looks at nothing but its arguments.
 *
 * @param posts - All that are queued or scheduled, not only those that somebody asks for: they take places, too.
 * @returns The answers by the posts' keys.
 */
export function forecast(
  state: ForecastState,
  posts: readonly ForecastPost[],
): Map<string, ForecastAnswer> {
  const answers = new Map<string, ForecastAnswer>();
  const apps = new Map([...state.apps].map(([id, app]) => [id, new ForecastApp(app)]));
  const turns = new EarliestFirst<AccountForecast>();
  for (const [accountId, own] of groupBy(posts)) {
    const account = state.accounts.get(accountId);
    if (account === undefined) throw new RangeError(`No account ${accountId} in the state`);
    if (!account.isConnected) {
      for (const { key } of own) answers.set(key, NOT_CONNECTED);
      continue;
    }
    const one = new AccountForecast(state, accountId, account, apps.get(account.appId), own);
    turns.push(one.nextAt(), one);
  }
  for (let turn = turns.peek(); turn !== undefined; turn = turns.peek()) {
    const account = turn.item;
    turns.pop();
    // Others may have taken the app's places meanwhile.
    const at = account.nextAt();
    if (at <= turn.rank) answers.set(...account.goOut());
    if (account.isWaiting) turns.push(Math.max(at, account.nextAt()), account);
  }
  return answers;
}

const NOT_CONNECTED: ForecastAnswer = {
  goesOutAt: undefined,
  reasons: [{ code: 'reconnect_needed', until: undefined }],
};

/** One account: its posts in lanes of the same limits, and what they have taken so far. */
class AccountForecast {
  readonly #state: ForecastState;
  readonly #accountId: string;
  readonly #account: AccountState;
  readonly #app: ForecastApp | undefined;
  readonly #lanes: readonly ForecastLane[];
  readonly #inits = new Map<string, number[]>();
  readonly #uses = new Map<string, number[]>();
  #idleAt: number;

  constructor(
    state: ForecastState,
    accountId: string,
    account: AccountState,
    app: ForecastApp | undefined,
    posts: readonly ForecastPost[],
  ) {
    this.#state = state;
    this.#accountId = accountId;
    this.#account = account;
    this.#app = app;
    this.#idleAt = account.isBusy ? state.now + state.publishMs : state.now;
    this.#lanes = ForecastLane.sort(posts, state.now);
    for (const { cap, endpoint } of this.#lanes) {
      this.#inits.set(endpoint, [...(account.inits[endpoint] ?? [])]);
      this.#uses.set(cap, [...(account.uses[cap] ?? [])]);
    }
  }

  get isWaiting(): boolean {
    return this.#lanes.some((lane) => lane.isWaiting);
  }

  /** When its next post can go out; never, if none is left. */
  nextAt(): number {
    return this.#next()?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Lets its next post go out. */
  goOut(): [key: string, answer: ForecastAnswer] {
    const next = this.#next();
    if (next === undefined) throw new Error('No post is left');
    const { at, lane, post } = next;
    const reasons = this.#reasonsFor(lane, post, at);
    lane.take();
    this.#inits.get(lane.endpoint)?.push(at);
    this.#uses.get(lane.cap)?.push(at);
    if (lane.cap === 'posts') this.#app?.use(this.#accountId, at);
    this.#idleAt = at + this.#state.publishMs;
    const isFar = at - Math.max(post.wantedAt, this.#state.now) > HORIZON_MS;
    return [post.key, { goesOutAt: isFar ? undefined : at, reasons }];
  }

  #next(): (LaneMoment & { readonly lane: ForecastLane }) | undefined {
    let best: (LaneMoment & { readonly lane: ForecastLane }) | undefined;
    for (const lane of this.#lanes) {
      const moment = lane.next((readyAt) => this.#openAt(lane, readyAt));
      if (moment !== undefined && isSooner(moment, best)) best = { ...moment, lane };
    }
    return best;
  }

  /** The first moment from `from` on at which nothing keeps a post of the lane. */
  #openAt(lane: ForecastLane, from: number): number {
    const limits = this.#limitsAt(lane, from);
    return Math.max(from, ...limits.map(({ until }) => until ?? from));
  }

  #reasonsFor(lane: ForecastLane, post: ForecastPost, at: number): ForecastReason[] {
    const wantedAt = Math.max(post.wantedAt, this.#state.now);
    const waits = post.wait === undefined ? [] : [{ code: post.wait.code, until: post.wait.until }];
    const byCode = new Map<string, ForecastReason>();
    for (const reason of [...waits, ...this.#limitsAt(lane, wantedAt)]) {
      const until = Math.min(reason.until ?? at, at);
      const known = byCode.get(reason.code)?.until ?? wantedAt;
      if (until > known) byCode.set(reason.code, { ...reason, until });
    }
    const reasons = [...byCode.values()];
    return (
      reasons
        // The turn that the others of the account have is worth telling only where nothing lasts longer.
        .filter(({ code, until }) => code !== 'account_busy' || isLongest(until, reasons))
        .sort((one, other) => (one.until ?? at) - (other.until ?? at))
    );
  }

  /** What a post of the lane has to wait for, if it is to go out at `from` or later; each with the moment of its end. */
  #limitsAt(lane: ForecastLane, from: number): ForecastReason[] {
    const { now, tiktokRetryAt } = this.#state;
    const circuit = Math.max(tiktokRetryAt ?? now, this.#account.retryAt ?? now);
    const inits = this.#inits.get(lane.endpoint) ?? [];
    const slot = freeAt(inits, mostOf(lane.endpoint), from, WINDOW_MS);
    const soonest = Math.max(from, circuit, slot, this.#idleAt);
    const uses = this.#uses.get(lane.cap) ?? [];
    const own = roomOf({ ...lane.facts(this.#account), uses }, soonest);
    const limits: ForecastReason[] = [
      { code: 'circuit_open', until: circuit },
      { code: 'rate_limit', until: slot },
      { code: 'account_busy', until: this.#idleAt },
    ];
    if (own.freeAt > soonest) limits.push(toReason(lane.cap, own));
    if (lane.cap === 'posts' && this.#app !== undefined) {
      const users = this.#app.roomFor(this.#accountId, own.freeAt);
      if (users.freeAt > own.freeAt) limits.push(toReason('users', users));
    }
    return limits;
  }
}

function isLongest(until: number | undefined, reasons: readonly ForecastReason[]): boolean {
  return reasons.every(
    ({ code, until: other = 0 }) => code === 'account_busy' || other < (until ?? 0),
  );
}

function toReason(cap: Cap, { freeAt: until, isLearned }: CapRoom): ForecastReason {
  return { code: `cap_${cap}`, until, isLearned };
}

function isSooner(one: LaneMoment, other: LaneMoment | undefined): boolean {
  if (other === undefined || one.at < other.at) return true;
  return one.at === other.at && one.post.order < other.post.order;
}

function groupBy(posts: readonly ForecastPost[]): Map<string, ForecastPost[]> {
  const groups = new Map<string, ForecastPost[]>();
  for (const post of posts) {
    const group = groups.get(post.accountId);
    if (group === undefined) groups.set(post.accountId, [post]);
    else group.push(post);
  }
  return groups;
}
