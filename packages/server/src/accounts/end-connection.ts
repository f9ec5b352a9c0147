import { recordActivity } from '../activity/record.ts';
import { inWorkspace } from '../db/database.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { type Principal, toActor } from '../workspaces/principal.ts';
import { type ConnectionRow, endConnection, lockConnection } from './connection-queries.ts';

// Somebody said no: the creator, TikTok about this creator, or Greenroom about this account.
const REFUSALS: ReadonlySet<string> = new Set([
  'account-connected-elsewhere',
  'account-other-identity',
  'connection-refused',
]);

/**
 * Stores why a connection came to nothing, and hands the error back to be thrown.
 *
 * @returns The error, or what kept it from being stored: a database that is gone says more.
 */
export async function recordEnd(
  services: Services,
  principal: Principal,
  connection: ConnectionRow,
  error: unknown,
): Promise<unknown> {
  const problem = error instanceof ProblemError ? error : undefined;
  const code = problem?.options.tiktok?.code ?? problem?.code ?? 'internal';
  const outcome = REFUSALS.has(problem?.code ?? '') ? 'refused' : 'failed';
  try {
    await inWorkspace(services.database, principal.workspaceId, async (tx) => {
      const row = await lockConnection(tx, connection.id);
      // It was stored, and only the answer to its commit was lost.
      if (row?.connected_account_id != null) return;
      await endConnection(tx, connection.id, { outcome, code, accountId: null });
      await recordActivity(tx, {
        actor: toActor(principal),
        action: 'connection.refused',
        subjectId: connection.id,
        ...(connection.account_id === null ? {} : { accountId: connection.account_id }),
        reason: code,
        details: { outcome, words: problem?.message ?? 'Greenroom failed.' },
      });
    });
    return error;
  } catch (cause) {
    services.log.error({ err: error, connection_id: connection.id }, 'A connection failed');
    return cause;
  }
}
