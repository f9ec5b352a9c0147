import type { CreatorInfo } from '@greenroom/sdk';
import { getCreatorInfo } from '../accounts/creator-info.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { type Principal, toActor } from '../workspaces/principal.ts';
import type { RuleProblem } from './rules/problems.ts';

/** What TikTok said about a creator when a post was about to be judged. */
export interface CreatorAnswer {
  /** What the creator may do; without it the rules judge what they can, and TikTok is asked again before sending. */
  readonly info?: CreatorInfo | undefined;
  /** Why there is no such answer. */
  readonly problem?: RuleProblem | undefined;
}

/** Nobody was asked. */
export const NOT_ASKED: CreatorAnswer = {};

/** What decides whether, and how, a creator is asked about. */
export interface CreatorQuestion {
  readonly account_id: string;
  readonly post_mode: 'DIRECT_POST' | 'MEDIA_UPLOAD';
  readonly publish_at: string | Date | null;
}

/**
 * Asks TikTok what a creator may do right now, outside of any transaction.
 *
 * Drafts are not asked about: the creator makes their choices in the TikTok app. TikTok's absence, or a minute's
 * limit, stops nobody from scheduling, for it is asked again before the post is sent. A creator who cannot post now
 * stops a post that is to go at once, and is advice for a later one.
 */
export async function askAboutCreator(
  services: Services,
  principal: Principal,
  { account_id: accountId, post_mode, publish_at }: CreatorQuestion,
): Promise<CreatorAnswer> {
  if (post_mode === 'MEDIA_UPLOAD') return NOT_ASKED;
  const { workspaceId } = principal;
  const use = { workspaceId, accountId, actor: toActor(principal), reason: 'check a post' };
  try {
    const { info } = await getCreatorInfo(services, use);
    return { info };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { problem: toProblem(error, publish_at === null) };
  }
}

/** The rules see a missing or unconnected account, and a missing scope, by themselves. */
const SEEN_BY_RULES: ReadonlySet<string> = new Set([
  'not-found',
  'account-not-connected',
  'scope-not-granted',
]);

function toProblem({ code, options }: ProblemError, isAtOnce: boolean): RuleProblem | undefined {
  if (SEEN_BY_RULES.has(code)) return undefined;
  const { tiktok } = options;
  if (code !== 'account-refused' || tiktok === undefined) {
    return { kind: 'advice', code: 'creator_unchecked', pointer: '/account_id', details: {} };
  }
  return {
    kind: isAtOnce ? 'invalid' : 'advice',
    code: tiktok.code,
    pointer: '/account_id',
    details: { log_id: tiktok.log_id },
  };
}
