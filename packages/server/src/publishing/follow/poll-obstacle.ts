import { TikTokError } from '@greenroom/sdk';
import { AccountUnavailableError } from '../../accounts/broker/account-unavailable.ts';
import { NotNow } from '../limits/not-now.ts';
import type { Pace } from './poll-schedule.ts';

/** What kept TikTok from telling how a post stands. */
export interface Obstacle {
  /** When it is over, where that is known. */
  readonly until?: Date | undefined;
  /** Another rhythm than the post's own. */
  readonly pace?: Pace | undefined;
  /** What a person should know; a failure of the moment is none of that. */
  readonly waitReason?: string | undefined;
}

/** Reads an error as what it means to a poll; `undefined` if it is none of TikTok's or of the account's. */
export function toObstacle(error: unknown): Obstacle | undefined {
  if (error instanceof NotNow) return { until: error.until };
  if (error instanceof AccountUnavailableError) return ofAccount(error);
  if (error instanceof TikTokError) return ofTikTok(error);
  // The deadline of the poll.
  return error instanceof Error && error.name === 'TimeoutError' ? {} : undefined;
}

function ofAccount(error: AccountUnavailableError): Obstacle {
  if (error.isRetryable) return { until: error.retryAt };
  // Nothing is asked of TikTok without a token: this only looks whether the account is connected again.
  return { pace: 'reconnect', waitReason: 'account_away' };
}

function ofTikTok({ code, isRetryable, status }: TikTokError): Obstacle {
  const isRefusal = status !== undefined && status >= 400 && status < 500 && !isRetryable;
  return isRefusal ? { waitReason: code } : {};
}
