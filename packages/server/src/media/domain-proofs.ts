import { sql } from 'kysely';
import { recordActivity } from '../activity/record.ts';
import { inInstallation, inWorkspace, type Transaction } from '../db/database.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { type Principal, toActor } from '../workspaces/principal.ts';

/** A file by which TikTok proves that an address is ours. */
export interface DomainProof {
  readonly file_name: string;
  readonly created_at: Date;
}

/** Signature files of the workspace, by name. */
export function listDomainProofs(tx: Transaction): Promise<DomainProof[]> {
  return tx
    .selectFrom('domain_proofs')
    .select(['file_name', 'created_at'])
    .orderBy('file_name')
    .execute();
}

/**
 * Serves a signature file from now on, in the place of one of the same name.
 *
 * @throws {ProblemError} `domain-proof-taken` if another workspace has one of this name.
 */
export async function putDomainProof(
  tx: Transaction,
  principal: Principal,
  { content, fileName }: { readonly fileName: string; readonly content: string },
): Promise<DomainProof> {
  await tx.deleteFrom('domain_proofs').where('file_name', '=', fileName).execute();
  // Row-level security hides another workspace's: the conflict is all that shows of it.
  const made = await tx
    .insertInto('domain_proofs')
    .values({ workspace_id: principal.workspaceId, file_name: fileName, content })
    .onConflict((conflict) => conflict.column('file_name').doNothing())
    .returning(['file_name', 'created_at'])
    .executeTakeFirst();
  if (made === undefined) {
    throw new ProblemError(
      'domain-proof-taken',
      `A signature file ${fileName} is served for another workspace.`,
    );
  }
  await recordActivity(tx, {
    actor: toActor(principal),
    action: 'domain_proof.set',
    reason: 'asked for',
    details: { file_name: fileName },
  });
  return made;
}

/** Serves it no longer. @throws {ProblemError} `not-found`. */
export async function deleteDomainProof(
  tx: Transaction,
  principal: Principal,
  fileName: string,
): Promise<void> {
  const gone = await tx
    .deleteFrom('domain_proofs')
    .where('file_name', '=', fileName)
    .returning('id')
    .executeTakeFirst();
  if (gone === undefined) throw new ProblemError('not-found', 'There is no such signature file.');
  await recordActivity(tx, {
    actor: toActor(principal),
    action: 'domain_proof.deleted',
    reason: 'asked for',
    details: { file_name: fileName },
  });
}

/** What a signature file says, whichever workspace it is of: TikTok knows none. */
export async function findDomainProof(
  { database }: Pick<Services, 'database'>,
  fileName: string,
): Promise<string | undefined> {
  const place = await inInstallation(database, async (tx) => {
    const { rows } = await sql<{ domain_proof_id: string; workspace_id: string }>`
      select domain_proof_id, workspace_id from find_domain_proof(${fileName})`.execute(tx);
    return rows[0];
  });
  if (place === undefined) return undefined;
  const row = await inWorkspace(database, place.workspace_id, (tx) =>
    tx
      .selectFrom('domain_proofs')
      .select('content')
      .where('id', '=', place.domain_proof_id)
      .executeTakeFirst(),
  );
  return row?.content;
}
