import { createHash } from 'node:crypto';
import { accountUnknown } from '../../accounts/broker/account-unavailable.ts';
import { type Database, inWorkspace, type Transaction } from '../../db/database.ts';
import { preparedQuery } from '../../db/transaction.ts';

/** Under which keys TikTok's limits of an account are kept: they survive a refresh, and a move to another workspace. */
export interface LimitKeys {
  /** Of the account at TikTok: its app and `open_id`. */
  readonly creator: Buffer;
  /** Of its app. */
  readonly app: Buffer;
  /** The app's id. */
  readonly appId: string;
}

/** Accounts that are remembered: some 20 MB. */
const MOST = 100_000;

/** Finds the keys of accounts, and remembers them: an account never changes its app or its `open_id`. */
export class LimitKeysOfAccounts {
  readonly #database: Database;
  readonly #known = new Map<string, LimitKeys>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Finds them outside a transaction. @throws {AccountUnavailableError} If the workspace has no such account. */
  async get(workspaceId: string, accountId: string): Promise<LimitKeys> {
    const known = this.#known.get(accountId);
    if (known !== undefined) return known;
    return inWorkspace(this.#database, workspaceId, (tx) => this.getIn(tx, accountId));
  }

  /** Finds them in a transaction of the account's workspace. @throws {AccountUnavailableError} As {@link get}. */
  async getIn(tx: Transaction, accountId: string): Promise<LimitKeys> {
    const known = this.#known.get(accountId);
    if (known !== undefined) return known;
    const { rows } = await tx.executeQuery(
      preparedQuery<{ app_id: string; open_id: string }>('find_limit_keys', FIND, [accountId]),
    );
    const [row] = rows;
    if (row === undefined) throw accountUnknown(accountId);
    const keys = toLimitKeys(row.app_id, row.open_id);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size < MOST) break;
      this.#known.delete(oldest);
    }
    this.#known.set(accountId, keys);
    return keys;
  }
}

/** Hashes what an account is at TikTok, so that the shared tables of the ledger tell no workspace of another's. */
export function toLimitKeys(appId: string, openId: string): LimitKeys {
  return { creator: hash(`${appId} ${openId}`), app: hash(appId), appId };
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const FIND = 'select app_id, open_id from accounts where id = $1';
