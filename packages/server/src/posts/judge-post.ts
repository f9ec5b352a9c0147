import type { Services } from '../http/services.ts';
import type { CreatorAnswer } from './creator-answer.ts';
import type { StoredFacts } from './read-facts.ts';
import { checkPost } from './rules/check-post.ts';
import { contentHash } from './rules/content-hash.ts';
import type { PostContent } from './rules/post-content.ts';
import type { RuleProblem } from './rules/problems.ts';
import type { Consent } from './tables.ts';

/** A post that is to be judged as a whole. */
export interface PostToJudge {
  /** What its account and media are. */
  readonly facts: StoredFacts;
  readonly content: PostContent;
  /** `undefined`: not asked for yet. */
  readonly consent: Consent | null | undefined;
  /** `null`: at once. `undefined`: not judged, for it was before. */
  readonly publishAt: Date | null | undefined;
  readonly creator: CreatorAnswer;
}

/** What was found about a post. */
export interface Judgement {
  readonly problems: readonly RuleProblem[];
  /** Of its media and texts as they are now. */
  readonly contentHash: Buffer;
}

/**
 * Judges a post by all rules: by what is stored, and by what TikTok has just said of its creator.
 */
export function judgePost(
  { clock, config }: Pick<Services, 'clock' | 'config'>,
  { facts, content, consent, publishAt, creator }: PostToJudge,
): Judgement {
  const found = checkPost({
    ...facts,
    post: content,
    creatorInfo: creator.info,
    consent,
    moment: publishAt === undefined ? undefined : { publishAt, now: clock.now() },
    allowLoopback: isLoopback(config.tiktokApiUrl),
  });
  const problems = creator.problem === undefined ? found : [...found, creator.problem];
  return { problems, contentHash: contentHash(content, facts.media) };
}

/** Whether TikTok's API is a stand-in on this machine, which then fetches plain http from this machine. */
export function isLoopback(tiktokUrl: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(tiktokUrl).hostname);
}
