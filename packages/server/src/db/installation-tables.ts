import type { Generated } from 'kysely';

/** The one row about this installation. */
export interface InstallationTable {
  readonly is_only: Generated<boolean>;
  readonly id: Generated<string>;
  /** Only a test installation may move its clock. */
  readonly is_test: Generated<boolean>;
  /** An `interval`: read it as seconds, by `extract(epoch from …)`. */
  readonly clock_offset: Generated<unknown>;
  readonly created_at: Generated<Date>;
}

/** One row for each step of the schema that was applied. */
export interface SchemaMigrationsTable {
  readonly number: number;
  readonly name: string;
  /** SHA-256 of the step's statements. */
  readonly checksum: string;
  readonly applied_at: Generated<Date>;
}
