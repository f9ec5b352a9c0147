import { type Actor, recordActivity } from '../activity/record.ts';
import type { Clock } from '../db/clock.ts';
import type { Transaction } from '../db/database.ts';
import { type Principal, toActor } from '../workspaces/principal.ts';
import { type DeclaredChoices, requiredDeclaration } from './rules/declaration.ts';
import type { Consent } from './tables.ts';
import { invalidPost } from './verdict.ts';

/** Whoever made or agreed to something, in one string. */
export function nameActor({ kind, id }: Actor): string {
  return `${kind}:${id}`;
}

/** A post that somebody may agree to. */
export type PostToAgree = DeclaredChoices & { readonly consent: Consent | null };

/**
 * The consent that a post has after a call: the one that came with it, from now, or the one that it has already. A draft
 * for the inbox has none: its creator gives it in the TikTok app.
 */
export function consentOf(
  clock: Clock,
  principal: Principal,
  post: PostToAgree,
  given: { readonly declaration: string } | undefined,
): Consent | null {
  if (requiredDeclaration(post) === null) return null;
  if (given === undefined) return post.consent;
  return toConsent(clock, principal, given);
}

/**
 * Refuses a consent to another text than the one that TikTok wants for the post.
 *
 * @throws {ProblemError} `post-invalid`.
 */
export function requireDeclaration(
  post: DeclaredChoices,
  given: { readonly declaration: string } | undefined,
): void {
  const required = requiredDeclaration(post);
  if (given === undefined || required === null || given.declaration === required) return;
  const pointer = '/consent/declaration';
  throw invalidPost([
    { kind: 'invalid', code: 'declaration_mismatch', pointer, details: { required } },
  ]);
}

/** Writes down that someone agrees now, and to which text. */
export function toConsent(
  clock: Clock,
  principal: Principal,
  { declaration }: { readonly declaration: string },
): Consent {
  return { by: nameActor(toActor(principal)), at: clock.now().toISOString(), declaration };
}

/** Puts a consent that was just given, if one was, into the audit log, which nobody can change. */
export async function recordConsent(
  tx: Transaction,
  principal: Principal,
  post: { readonly id: string; readonly account_id: string; readonly consent: Consent | null },
  given: { readonly declaration: string } | undefined,
): Promise<void> {
  if (given === undefined || post.consent === null) return;
  await recordActivity(tx, {
    actor: toActor(principal),
    action: 'post.consented',
    accountId: post.account_id,
    subjectId: post.id,
    reason: 'the declaration of the posting screen',
    details: { declaration: post.consent.declaration },
  });
}
