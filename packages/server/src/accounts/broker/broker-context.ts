import { setTimeout } from 'node:timers/promises';
import {
  type Fetch,
  type Random,
  type RateLimiter,
  type Sleep,
  SlidingWindowLimiter,
} from '@greenroom/sdk';
import type { Database, Transaction } from '../../db/database.ts';
import type { Presence } from '../../db/presence.ts';
import type { Secret } from '../secret.ts';
import type { Vault } from '../vault/vault.ts';
import { type BrokerMetrics, noMetrics } from './broker-metrics.ts';
import type { TokenUse } from './token-use.ts';

/** What an app identifies itself by at TikTok. */
export interface AppCredentials {
  /** TikTok's name for a client id. */
  readonly clientKey: string;
  /** The app's secret. */
  readonly clientSecret: Secret;
}

/** How far a token has come, in the order in which it comes there. */
export type BrokerStep = 'claimed' | 'sent' | 'answered' | 'stored' | 'failed' | 'handed_out';

/** Where the broker says what a person who runs the server should know. No secret is in it. */
export interface BrokerLog {
  /** Something failed and is tried again. */
  warn(facts: object, words: string): void;
  /** Something failed for good. */
  error(facts: object, words: string): void;
}

/** Options of the token broker. */
export interface TokenBrokerOptions {
  /** Where tokens, leases and the audit log are. */
  readonly database: Database;
  /** Seals and opens tokens. */
  readonly vault: Vault;
  /** This process's life: the owner of its leases. One broker has one presence of its own. */
  readonly presence: Presence;
  /** Finds the credentials of an app, in a transaction of the workspace that uses it. */
  readonly getAppCredentials: (tx: Transaction, appId: string) => Promise<AppCredentials>;
  /** Where TikTok's API is; `https://open.tiktokapis.com` by default. */
  readonly tiktokUrl?: string | undefined;
  /** What keeps the clients of an account to TikTok's rate limits; one in this process's memory by default. */
  readonly limiterFor?: ((use: TokenUse) => RateLimiter) | undefined;
  /** Hears how token uses and refreshes go; nobody by default. */
  readonly metrics?: BrokerMetrics | undefined;
  /** Hears of failures; nobody by default. */
  readonly log?: BrokerLog | undefined;
  /** Hears of each step of an account's token right after it, for traces and proofs. */
  readonly observe?: ((step: BrokerStep, accountId: string) => void) | undefined;
  /** Sends the requests to TikTok; the global `fetch` by default. */
  readonly fetch?: Fetch | undefined;
  /** Waits; the host's timers by default. */
  readonly sleep?: Sleep | undefined;
  /** Jitter of due times and waits; `Math.random` by default. */
  readonly random?: Random | undefined;
  /** Deadline of one request to TikTok, in milliseconds; 20,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** How long a caller waits for another process's refresh, in milliseconds; 60,000 by default. */
  readonly waitMs?: number | undefined;
  /** How long `close` waits for pairs that cannot be stored, in milliseconds; 20,000 by default. */
  readonly closeGraceMs?: number | undefined;
}

/** Options that stay undefined where nobody gives them: the SDK has defaults of its own for these. */
type OptionalHere = 'fetch' | 'tiktokUrl';

/** The options with their defaults: what the parts of the broker work with. */
export type BrokerContext = Pick<TokenBrokerOptions, OptionalHere> & {
  readonly [Name in Exclude<keyof TokenBrokerOptions, OptionalHere>]-?: Exclude<
    TokenBrokerOptions[Name],
    undefined
  >;
};

/** Fills in the defaults. An option that is given as `undefined` is one that is left out. */
export function toContext(options: TokenBrokerOptions): BrokerContext {
  const { metrics, log, observe, sleep, random, timeoutMs, waitMs, closeGraceMs } = options;
  return {
    ...options,
    metrics: metrics ?? noMetrics,
    log: log ?? { warn: () => undefined, error: () => undefined },
    observe: observe ?? (() => undefined),
    sleep: sleep ?? ((ms, signal) => setTimeout(ms, undefined, { signal })),
    random: random ?? Math.random,
    timeoutMs: timeoutMs ?? 20_000,
    waitMs: waitMs ?? 60_000,
    closeGraceMs: closeGraceMs ?? 20_000,
    limiterFor: options.limiterFor ?? inMemory(),
  };
}

/** One for all clients of the process, or each would count for itself. */
function inMemory(): () => RateLimiter {
  const limiter = new SlidingWindowLimiter();
  return () => limiter;
}
