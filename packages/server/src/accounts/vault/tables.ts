import type { Generated } from 'kysely';

/** One row for each master key that wraps a data key, or will: the one with the highest number wraps new ones. */
export interface MasterKeysTable {
  readonly id: string;
  readonly number: number;
  readonly created_at: Generated<Date>;
}

/** One row for each workspace with secrets, and one for the installation. */
export interface DataKeysTable {
  readonly id: string;
  readonly workspace_id: string | null;
  readonly wrapped: Buffer;
  readonly master_key_id: string;
  /** The transaction that made it: until that is committed nobody may rely on the key. */
  readonly made_in: Generated<string>;
  readonly created_at: Generated<Date>;
  readonly wrapped_at: Generated<Date>;
}
