import { requireAccess } from '../http/access.ts';
import type { Principal } from '../workspaces/principal.ts';

/**
 * Refuses whoever may write posts and not let them go out: what scheduling takes, every way to it takes.
 *
 * @throws {ProblemError} `forbidden`.
 */
export function requirePublishing(principal: Principal): void {
  requireAccess('schedulePost', principal);
}
