import { preparedQuery, type Transaction } from '../db/transaction.ts';
import type { AccountFacts } from './list-account-facts.ts';

/** Reads what posts for an account are judged by; `undefined` if the workspace has none with this id. */
export async function findAccountFacts(
  tx: Transaction,
  accountId: string,
): Promise<AccountFacts | undefined> {
  const query = preparedQuery<AccountFacts>('find_account_facts', FIND, [accountId]);
  return (await tx.executeQuery(query)).rows[0];
}

// Read with each post, so it is parsed and planned once a connection.
const FIND = `
  select a.id, a.username, a.state, a.state_reason, a.scopes, t.is_audited
  from accounts a join tiktok_apps t on t.id = a.app_id where a.id = $1`;
