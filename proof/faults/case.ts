import type { PostState } from '@greenroom/contract';
import type { Endpoint, FaultAction, Way } from './ways.ts';

/** One line of the table: what TikTok does wrong, where, and what has to come of it. */
export interface FaultCase {
  readonly way: Way;
  readonly endpoint: Endpoint;
  /** As a person reads it: `403 spam_risk_too_many_posts`. */
  readonly fault: string;
  readonly action: FaultAction;
  /** How often TikTok does it; undefined: until the post waits or is at its end; if it fails, until then. */
  readonly times?: number;
  readonly expected: Expected;
  /** What happens beside it. */
  readonly scene?: Scene;
}

/** What has to happen for an endpoint to be called at all. */
export type Scene =
  /** A person cancels while TikTok fetches the media. */
  | 'cancel'
  /** The access token has expired, so that it is renewed first. */
  | 'expired token'
  /** TikTok sends no events: only its status tells. */
  | 'no events'
  /** An hour goes by while TikTok waits for bytes. */
  | 'hours pass';

/** What has to come of a fault. */
export interface Expected {
  /** Where the post ends, once TikTok is well again and what it waits for has come. */
  readonly state: PostState;
  /** Code of the reason that it ends with; undefined: that of any post that went well. */
  readonly reason?: string;
  /** Code of the reason that it waits with meanwhile; undefined: it does not wait. */
  readonly waits?: string;
  /** Whether it may also not wait: somebody else may meet the fault first. */
  readonly mayNotWait?: boolean;
  /** Requests to init that are allowed, at least and at most. */
  readonly inits: readonly [least: number, most: number];
  /** Whether a person may be asked what became of it. */
  readonly isPersonAsked?: boolean;
}
