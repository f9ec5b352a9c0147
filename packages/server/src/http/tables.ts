import type { Generated } from 'kysely';

/** Answers of writes that carried an `Idempotency-Key`. */
export interface IdempotencyKeysTable {
  readonly workspace_id: string;
  readonly key_hash: Buffer;
  readonly request_hash: Buffer;
  readonly status: number;
  readonly answer_sealed: Buffer;
  readonly created_at: Generated<Date>;
}
