import { type Actor, recordActivity } from '../activity/record.ts';
import type { Clock } from '../db/clock.ts';
import type { Transaction } from '../db/database.ts';
import { type Principal, toActor } from '../workspaces/principal.ts';
import type { Consent } from './tables.ts';

/** Whoever made or agreed to something, in one string. */
export function nameActor({ kind, id }: Actor): string {
  return `${kind}:${id}`;
}

/** Writes down that someone agrees now, and to which text. */
export function toConsent(
  clock: Clock,
  principal: Principal,
  { declaration }: { readonly declaration: string },
): Consent {
  return { by: nameActor(toActor(principal)), at: clock.now().toISOString(), declaration };
}

/** Puts a consent that was just given into the audit log, which nobody can change. */
export async function recordConsent(
  tx: Transaction,
  principal: Principal,
  post: { readonly id: string; readonly accountId: string; readonly consent: Consent },
): Promise<void> {
  await recordActivity(tx, {
    actor: toActor(principal),
    action: 'post.consented',
    accountId: post.accountId,
    subjectId: post.id,
    reason: 'the declaration of the posting screen',
    details: { declaration: post.consent.declaration },
  });
}
