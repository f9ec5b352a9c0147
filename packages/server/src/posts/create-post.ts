import type { BodyOf, Operations } from '@greenroom/contract';
import type { Transaction } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import { type Principal, toActor } from '../workspaces/principal.ts';
import { consentOf, recordConsent } from './consent.ts';
import type { CreatorAnswer } from './creator-answer.ts';
import { refuseDuplicate } from './duplicates.ts';
import { insertPosts, type NewPost } from './insert-posts.ts';
import { judgePost } from './judge-post.ts';
import { queueNow } from './queue-now.ts';
import { readReferences, type StoredFacts } from './read-facts.ts';
import { requirePublishing } from './require-publishing.ts';
import type { PostContent } from './rules/post-content.ts';
import { toDate } from './to-date.ts';
import { judgeSchedule } from './verdict.ts';

type CreateBody = BodyOf<Operations['createPost']>;

/**
 * Stores a post: a draft, or with `schedule` one that is scheduled, queued or held in the same transaction.
 *
 * @returns Its id.
 * @throws {ProblemError} `post-invalid`, `post-duplicate`, or `forbidden` for a key that may not publish; nothing is stored then.
 */
export async function createPost(
  services: Services,
  tx: Transaction,
  call: {
    readonly principal: Principal;
    readonly body: CreateBody;
    readonly creator: CreatorAnswer;
  },
): Promise<string> {
  const { principal, body, creator } = call;
  if (body.schedule !== undefined) requirePublishing(principal);
  const { schedule, publish_at: _, ...content } = body;
  const publishAt = toDate(momentOf(body));
  const facts = await readReferences(tx, content.account_id, content);
  const plan: NewPost =
    schedule === undefined
      ? { content, state: 'draft', publishAt }
      : await planScheduled(services, tx, {
          principal,
          content,
          facts,
          publishAt,
          schedule,
          creator,
        });
  const [postId = ''] = await insertPosts(tx, toActor(principal), [plan]);
  const { account_id: accountId } = content;
  const { consent = null } = plan;
  const agreed = { id: postId, account_id: accountId, consent };
  await recordConsent(tx, principal, agreed, schedule?.consent);
  if (plan.state === 'scheduled' && publishAt === null) {
    await queueNow(services, tx, { postId, accountId });
  }
  return postId;
}

/** When a new post is to go out: scheduling has the last word. */
export function momentOf({
  publish_at: moment,
  schedule,
}: Pick<CreateBody, 'publish_at' | 'schedule'>): string | null {
  return schedule?.publish_at === undefined ? moment : schedule.publish_at;
}

type Content = PostContent & { readonly account_id: string };

interface ScheduledPlan {
  readonly principal: Principal;
  readonly content: Content;
  readonly facts: StoredFacts;
  readonly publishAt: Date | null;
  readonly schedule: NonNullable<CreateBody['schedule']>;
  readonly creator: CreatorAnswer;
}

async function planScheduled(
  services: Services,
  tx: Transaction,
  { principal, content, facts, publishAt, schedule, creator }: ScheduledPlan,
): Promise<NewPost> {
  const { account_id: accountId } = content;
  const unagreed = { ...content, consent: null };
  const consent = consentOf(services.clock, principal, unagreed, schedule.consent);
  const { problems, contentHash } = judgePost(services, {
    facts,
    content,
    consent,
    publishAt,
    creator,
  });
  const verdict = judgeSchedule(problems, principal.kind === 'person');
  if (verdict.state === 'scheduled' && !schedule.allow_duplicate) {
    await refuseDuplicate(tx, { accountId, contentHash, publishAt });
  }
  return { content, ...verdict, consent, contentHash, publishAt };
}
