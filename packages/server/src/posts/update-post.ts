import type { BodyOf, Operations } from '@greenroom/contract';
import type { Transaction } from '../db/database.ts';
import { recordEvent } from '../events/record-event.ts';
import type { Services } from '../http/services.ts';
import type { Principal } from '../workspaces/principal.ts';
import { changePost } from './change-post.ts';
import { consentOf, recordConsent, requireDeclaration } from './consent.ts';
import type { CreatorAnswer } from './creator-answer.ts';
import { refuseDuplicate } from './duplicates.ts';
import { lockPost, type StoredPost } from './get-post.ts';
import { insertPostMedia } from './insert-posts.ts';
import { type Judgement, judgePost } from './judge-post.ts';
import { movePost } from './move-post.ts';
import { type Edit, planEdit } from './plan-edit.ts';
import { queueNow } from './queue-now.ts';
import { readFacts, readReferences } from './read-facts.ts';
import { requireState, requireVersion } from './require-post.ts';
import { requirePublishing } from './require-publishing.ts';
import { heldBy, invalidPost } from './verdict.ts';

/** What a call that changes a post brings. */
export interface UpdateCall {
  readonly principal: Principal;
  readonly postId: string;
  readonly body: BodyOf<Operations['updatePost']>;
  readonly creator: CreatorAnswer;
}

/**
 * Changes a post that waits for a person or for its moment, or that failed.
 *
 * Another text, choice or piece of media is another post: the consent to the old one is gone. A scheduled post that
 * is no longer valid is held.
 *
 * @throws {ProblemError} `post-invalid`, `post-duplicate`, `post-state` or `version-mismatch`; nothing is changed then.
 */
export async function updatePost(
  services: Services,
  tx: Transaction,
  { principal, postId, body, creator }: UpdateCall,
): Promise<void> {
  const before = await lockPost(tx, postId);
  requireState(before, ['draft', 'held', 'scheduled', 'failed'], 'changed');
  requireVersion(before, body.version);
  if (body.consent !== undefined) requirePublishing(principal);
  const edit = withConsent(planEdit(before, body), services, principal, body);
  if (edit.fields.length === 0) return;
  requireDeclaration(edit.post, body.consent);
  // What was there when the post was made, and is gone now, keeps nobody from mending a text.
  const read = edit.content.media === undefined ? readFacts : readReferences;
  const facts = await read(tx, before.account_id, edit.post);
  await recordConsent(tx, principal, edit.post, body.consent);
  if (before.state !== 'scheduled') {
    await storeEdit(tx, edit, null);
    return;
  }
  const publishAt = edit.fields.includes('publish_at') ? edit.post.publish_at : undefined;
  const content = edit.post;
  const { consent } = content;
  const judged = judgePost(services, { facts, content, consent, publishAt, creator });
  await storeEdit(tx, edit, judged.contentHash);
  const isGoing = await settleScheduled(services, tx, edit.post, judged, body.allow_duplicate);
  if (isGoing) requirePublishing(principal);
}

function withConsent(
  edit: Edit,
  { clock }: Pick<Services, 'clock'>,
  principal: Principal,
  { consent: given }: UpdateCall['body'],
): Edit {
  const consent = consentOf(clock, principal, edit.post, given);
  const fields = given === undefined ? edit.fields : [...edit.fields, 'consent'];
  return { ...edit, post: { ...edit.post, consent }, fields };
}

async function storeEdit(
  tx: Transaction,
  { content, fields, post }: Edit,
  contentHash: Buffer | null,
): Promise<void> {
  const { id: postId, account_id: accountId, consent, publish_at } = post;
  const { media, ...columns } = content;
  const version = post.version + 1;
  const set = { ...columns, consent, publish_at, content_hash: contentHash, version };
  await changePost(tx, postId, set);
  if (media !== undefined) {
    await tx.deleteFrom('post_media').where('post_id', '=', postId).execute();
    await insertPostMedia(tx, [{ id: postId, content: { media } }]);
  }
  const details = { version, fields: [...fields] };
  await recordEvent(tx, { type: 'post.updated', postId, accountId, details });
}

/** Holds a scheduled post that its change made invalid; says whether it stays valid, and goes out as it now is. */
async function settleScheduled(
  services: Services,
  tx: Transaction,
  { id: postId, account_id: accountId, publish_at: publishAt }: StoredPost,
  { problems, contentHash }: Judgement,
  allowDuplicate: boolean,
): Promise<boolean> {
  const misplaced = problems.filter(({ pointer }) => pointer === '/publish_at');
  if (misplaced.length > 0) throw invalidPost(misplaced);
  const held = heldBy(problems);
  if (held !== undefined) {
    const { reason, details } = held;
    await movePost(tx, { postId, from: 'scheduled', to: 'held', reason, details });
    return false;
  }
  if (!allowDuplicate) await refuseDuplicate(tx, { postId, accountId, contentHash, publishAt });
  if (publishAt === null) await queueNow(services, tx, { postId, accountId });
  return true;
}
