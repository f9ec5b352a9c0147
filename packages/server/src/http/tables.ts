import type { ColumnType } from 'kysely';

/** Row of `idempotency_keys`: the answer of a write that carried an `Idempotency-Key`. */
export interface IdempotencyKeysTable {
  /** SHA-256 of caller, operation and key. */
  readonly key_hash: Buffer;
  /** Null: the operation works in no workspace. */
  readonly workspace_id: string | null;
  /** SHA-256 of path and body. */
  readonly request_hash: Buffer;
  readonly status: number;
  readonly answer_sealed: Buffer;
  readonly created_at: ColumnType<Date, Date | undefined, Date>;
}
