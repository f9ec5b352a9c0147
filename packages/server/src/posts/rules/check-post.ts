import { checkChoices } from './check-choices.ts';
import { checkMedia } from './check-media.ts';
import { checkTexts } from './check-texts.ts';
import { requiredDeclaration } from './declaration.ts';
import type { PostToCheck } from './post-content.ts';
import type { Note, RuleProblem } from './problems.ts';

/**
 * Finds everything that keeps a post from going out, or that a person should know of it: the rules of parts A to F of
 * TikTok's audit checklist for posting screens. Asked when a post is validated, when it is scheduled, and again
 * right before it is sent.
 *
 * Pure: it judges what it is given, and leaves alone what it is not.
 */
export function checkPost(facts: PostToCheck): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const note: Note = (kind, code, pointer, details = {}) => {
    problems.push({ kind, code, pointer, details });
  };
  checkAccount(facts, note);
  checkMedia(facts, note);
  checkTexts(facts, note);
  checkChoices(facts, note);
  checkConsent(facts, note);
  checkMoment(facts, note);
  return problems;
}

/** What must be mended before the post can go out: everything but advice. */
export function blocking(problems: readonly RuleProblem[]): RuleProblem[] {
  return problems.filter(({ kind }) => kind !== 'advice');
}

function checkAccount({ account, post }: PostToCheck, note: Note): void {
  if (account === undefined) return;
  if (account.state !== 'connected') {
    note('invalid', 'account_not_connected', '/account_id', {
      account_reason: account.state_reason ?? account.state,
    });
    return;
  }
  const scope = post.post_mode === 'DIRECT_POST' ? 'video.publish' : 'video.upload';
  if (!account.scopes.includes(scope)) note('invalid', 'scope_missing', '/account_id', { scope });
}

function checkConsent({ post, consent }: PostToCheck, note: Note): void {
  const required = requiredDeclaration(post);
  if (consent !== undefined && required !== null) {
    const pointer = '/consent';
    if (consent === null) note('missing', 'consent_missing', pointer);
    else if (consent.declaration !== required) {
      note('invalid', 'declaration_mismatch', `${pointer}/declaration`, { required });
    }
  }
}

const YEAR_MS = 366 * 24 * 3_600_000;

function checkMoment({ moment }: PostToCheck, note: Note): void {
  if (moment === undefined || moment.publishAt === null) return;
  const aheadMs = moment.publishAt.getTime() - moment.now.getTime();
  if (aheadMs < 0) note('invalid', 'publish_at_past', '/publish_at');
  if (aheadMs > YEAR_MS) note('invalid', 'publish_at_far', '/publish_at');
}
