import { preparedQuery, type Transaction } from '../db/transaction.ts';
import { ProblemError } from '../http/problem-error.ts';

/** What is looked for: the same content for the same account, about the same time. */
export interface DuplicateQuery {
  /** The post itself, where it exists already. */
  readonly postId?: string | undefined;
  readonly accountId: string;
  readonly contentHash: Buffer;
  /** Null: at once. */
  readonly publishAt: Date | null;
}

/** Hours within which the same content for the same account is taken for a mistake. */
export const DUPLICATE_HOURS = 24;

/**
 * Finds, for each of the queries, a post that is the same and goes or went out within 24 hours of it.
 *
 * What was canceled, failed, is held or is a draft does not count: it posts nothing by itself. Until the transaction
 * ends, nobody else can schedule anything for the accounts.
 *
 * @returns In order, the id of such a post or `undefined`.
 */
export async function findDuplicates(
  tx: Transaction,
  queries: readonly DuplicateQuery[],
): Promise<(string | undefined)[]> {
  const asked = queries.map(({ postId, accountId, contentHash, publishAt }) => ({
    post_id: postId,
    account_id: accountId,
    content_hash: contentHash.toString('hex'),
    publish_at: publishAt,
  }));
  const accountIds = queries.map(({ accountId }) => accountId);
  await tx.executeQuery(preparedQuery('lock_contents', LOCK, [accountIds]));
  const { rows } = await tx.executeQuery(
    preparedQuery<Found>('find_duplicates', FIND, [JSON.stringify(asked), DUPLICATE_HOURS]),
  );
  return rows.map(({ duplicate_id }) => duplicate_id ?? undefined);
}

/**
 * Refuses what was or will be posted to the same account within 24 hours.
 *
 * @throws {ProblemError} `post-duplicate`.
 */
export async function refuseDuplicate(tx: Transaction, query: DuplicateQuery): Promise<void> {
  const [other] = await findDuplicates(tx, [query]);
  if (other === undefined) return;
  throw new ProblemError(
    'post-duplicate',
    `The post ${other} has the same media and text for the same account, within ${DUPLICATE_HOURS} hours of this one.`,
  );
}

interface Found {
  readonly duplicate_id: string | null;
}

// A lock an account, folded into buckets: a database has room for some thousand locks. In one order everywhere, so
// that two imports of the same never wait for each other.
const LOCK = `
select pg_advisory_xact_lock(473380, bucket) from (
  select distinct hashtext(id) & 1023 as bucket from unnest($1::text[]) id order by bucket) buckets`;

const FIND = `
select (
  select p.id from posts p
  where p.account_id = q.account_id and p.content_hash = decode(q.content_hash, 'hex')
    and p.id is distinct from q.post_id
    and p.state in ('scheduled', 'queued', 'publishing', 'processing', 'in_inbox', 'published', 'unknown')
    and abs(extract(epoch from coalesce(q.publish_at, app_now()) - case
      when p.state = 'scheduled' then p.publish_at
      when p.state in ('queued', 'publishing') then app_now()
      else coalesce(p.fenced_at, p.state_changed_at) end)) < $2 * 3600
  order by p.created_at limit 1
) as duplicate_id
from rows from (json_to_recordset($1)
  as (post_id uuid, account_id uuid, content_hash text, publish_at timestamptz)) with ordinality
  as q (post_id, account_id, content_hash, publish_at, place)
order by q.place`;
