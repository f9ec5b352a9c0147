import type { Clock } from '../db/clock.ts';
import type { Principal } from '../workspaces/principal.ts';
import { toActor } from '../workspaces/principal.ts';
import type { Consent } from './tables.ts';

/** Whoever made or agreed to something, in one string. */
export function nameActor({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return `${kind}:${id}`;
}

/** Writes down that someone agreed now, and to which text. */
export function toConsent(
  clock: Clock,
  principal: Principal,
  { declaration }: { readonly declaration: string },
): Consent {
  return { by: nameActor(toActor(principal)), at: clock.now().toISOString(), declaration };
}
