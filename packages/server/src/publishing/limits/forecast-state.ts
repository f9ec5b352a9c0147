import type { InitEndpoint } from '../attempt/init-endpoint.ts';
import type { LearnedCap } from './caps.ts';
import type { CreatorCap } from './tables.ts';

/** Everything that a forecast is made of but the posts; instants are milliseconds since 1970. */
export interface ForecastState {
  readonly now: number;
  /** While TikTok as a whole is left alone: when a call may try. */
  readonly tiktokRetryAt: number | undefined;
  /** How long a publish takes an account, about: its next post waits for that. */
  readonly publishMs: number;
  /** By their ids. */
  readonly accounts: ReadonlyMap<string, AccountState>;
  /** By their ids. */
  readonly apps: ReadonlyMap<string, AppState>;
}

/** An account, as far as its posts have to wait for it. */
export interface AccountState {
  readonly appId: string;
  readonly isConnected: boolean;
  /** Whether it publishes a post right now. */
  readonly isBusy: boolean;
  /** While its calls are left alone: when one may try. */
  readonly retryAt: number | undefined;
  /** Inits of the window, oldest first. */
  readonly inits: Readonly<Partial<Record<InitEndpoint, readonly number[]>>>;
  /** Places taken of the day, oldest first. */
  readonly uses: Readonly<Partial<Record<CreatorCap, readonly number[]>>>;
  readonly learned: Readonly<Partial<Record<CreatorCap, LearnedCap>>>;
}

/** An app, as far as its users have to wait for it. */
export interface AppState {
  /** Users of a day; `undefined`: no such cap is known. */
  readonly mostUsers: number | undefined;
  readonly learned: LearnedCap | undefined;
  /** Last post of the day of each user, oldest first. `key` is an account's id where it is one of `accounts`. */
  readonly users: readonly { readonly key: string; readonly at: number }[];
}

/** A post whose moment is asked for, or that goes out among those. */
export interface ForecastPost {
  /** What the answer calls it by. */
  readonly key: string;
  readonly accountId: string;
  readonly endpoint: InitEndpoint;
  readonly cap: CreatorCap;
  /** When it is to go out; what is past: at once. */
  readonly wantedAt: number;
  /** While it waits already: until when, and why. */
  readonly wait?: { readonly until: number; readonly code: string } | undefined;
  /** Its place in the account's queue: the smaller one goes first when both may. */
  readonly order: number;
}

/** What keeps a post from going out sooner. */
type ForecastReasonCode =
  | 'account_busy'
  | 'cap_pending_shares'
  | 'cap_posts'
  | 'cap_users'
  | 'circuit_open'
  | 'rate_limit'
  | 'reconnect_needed'
  | (string & {});

/** One of the things that keep a post from going out sooner. */
export interface ForecastReason {
  readonly code: ForecastReasonCode;
  /** Until when; `undefined`: until a person does something. */
  readonly until: number | undefined;
  /** Whether a refusal of TikTok's taught us. */
  readonly isLearned?: boolean | undefined;
}

/** When a post can go out, and why not sooner. */
export interface ForecastAnswer {
  /** `undefined`: not within the horizon, or not without a person. */
  readonly goesOutAt: number | undefined;
  /** In the order in which they bind. */
  readonly reasons: readonly ForecastReason[];
}
