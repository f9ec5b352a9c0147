import type { CreatorInfo } from '@greenroom/sdk';
import type { Services } from '../http/services.ts';
import type { TokenUse } from './broker/token-use.ts';
import { toTikTokProblem } from './tiktok-problems.ts';

/** What a creator may do, and when TikTok said so. */
export interface FreshCreatorInfo {
  /** TikTok's answer, in TikTok's names. */
  readonly info: CreatorInfo;
  /** When it was asked. */
  readonly fetchedAt: Date;
}

// A person looks at a screen: nobody waits there for long, and nobody for a slot.
const ANSWER_WITHIN_MS = 15_000;

/**
 * Asks TikTok what a creator may do right now, for a posting screen whenever it is shown.
 *
 * Always TikTok's present answer: nothing is stored, so nothing old can be answered. What TikTok
 * refuses or leaves unanswered is thrown as a problem that says which.
 *
 * @throws {ProblemError} `account-refused`, `scope-not-granted`, `account-not-connected`,
 *   `tiktok-rate-limited` …
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info}
 */
export async function getCreatorInfo(
  { broker, clock, ledger }: Pick<Services, 'broker' | 'clock' | 'ledger'>,
  use: TokenUse,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<FreshCreatorInfo> {
  const deadline = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const signal =
    options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
  const fetchedAt = clock.now();
  try {
    // Not sent again by itself: who asked is better served by the truth now than by a late answer.
    const limiter = ledger.limiterFor(use, { patienceMs: 0, isLook: true });
    const client = broker.clientFor(use, { maxRetries: 0, limiter });
    const info = await client.queryCreatorInfo({ signal });
    return { info, fetchedAt };
  } catch (error) {
    throw toTikTokProblem(error);
  }
}
