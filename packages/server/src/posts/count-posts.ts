import { preparedQuery, type Transaction } from '../db/transaction.ts';

/** Counts the posts that are kept of the accounts of an app, and lets nobody make another until the transaction ends. */
export async function countPostsOfApp(tx: Transaction, appId: string): Promise<number> {
  // A post holds its account by a reference, which waits for this lock.
  await tx.selectFrom('accounts').select('id').where('app_id', '=', appId).forUpdate().execute();
  const query = preparedQuery<{ count: number }>('count_posts_of_app', COUNT, [appId]);
  return (await tx.executeQuery(query)).rows[0]?.count ?? 0;
}

const COUNT = `
select count(*) from posts p join accounts a on a.id = p.account_id where a.app_id = $1`;
