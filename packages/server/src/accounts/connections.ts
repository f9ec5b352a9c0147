import type { AnswerOf, Operations } from '@greenroom/contract';
import { problemKinds } from '@greenroom/contract';
import { explain } from '@greenroom/sdk';
import type { Transaction } from '../db/database.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { type ConnectionRow, deleteOldConnections, findConnection } from './connection-queries.ts';

/** A connection as the API shows it. */
export type ConnectionBody = AnswerOf<Operations['getConnection']>['body'];

// An exchange takes seconds. What has no end after this time was interrupted: our process died.
const INTERRUPTED_AFTER_MS = 2 * 60_000;

/**
 * Reads a connection of the workspace.
 *
 * @throws {ProblemError} `not-found`.
 */
export async function getConnection(tx: Transaction, connectionId: string): Promise<ConnectionRow> {
  const row = await findConnection(tx, connectionId);
  if (row !== undefined) return row;
  throw new ProblemError('not-found', 'The workspace has no connection with this id.');
}

/** Shows a connection, and how it ended in words, as of now. */
export function toConnectionBody(row: ConnectionRow, now: Date): ConnectionBody {
  const end = toEnd(row, now);
  return {
    id: row.id,
    app_id: row.app_id,
    account_id: row.account_id,
    flow: row.flow,
    redirect_uri: row.redirect_uri,
    scopes: row.scopes,
    state: end.state,
    outcome_code: end.code,
    words: end.words,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    connected_account_id: row.connected_account_id,
  };
}

/** Forgets connections that have been over for a month. */
export async function sweepConnections(
  services: Pick<Services, 'database'>,
  { limit }: { readonly limit: number },
): Promise<number> {
  return deleteOldConnections(services.database, limit);
}

interface End {
  readonly state: ConnectionBody['state'];
  readonly code: string | null;
  readonly words: string | null;
}

function toEnd(row: ConnectionRow, now: Date): End {
  if (row.outcome === 'connected') {
    return { state: 'connected', code: null, words: 'The account is connected.' };
  }
  if (row.outcome !== null) {
    const code = row.outcome_code ?? 'internal';
    return { state: row.outcome, code, words: toWords(code) };
  }
  if (row.used_at !== null && now.getTime() - row.used_at.getTime() >= INTERRUPTED_AFTER_MS) {
    const words = 'Greenroom was interrupted before the account was stored. Begin again.';
    return { state: 'failed', code: 'interrupted', words };
  }
  if (row.used_at === null && row.expires_at <= now) {
    return { state: 'expired', code: null, words: 'Nobody came back in time. Begin again.' };
  }
  return { state: 'waiting', code: null, words: null };
}

/** Explains a code of ours, of TikTok's or of the SDK's. */
function toWords(code: string): string {
  // The names of the catalogue's problems are ours; TikTok's codes have no hyphen.
  const kind = Object.entries(problemKinds).find(([name]) => name === code)?.[1];
  if (kind !== undefined) return `${kind.meaning} ${kind.remedy}`;
  return `${explain(code).sentence} Begin again when that is mended.`;
}
