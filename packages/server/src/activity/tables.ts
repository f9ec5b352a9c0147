import type { Generated } from 'kysely';
import type { ActorKind } from './record.ts';

/** The audit log. Rows are inserted by `recordActivity` alone, and nobody changes one. */
export interface ActivityTable {
  readonly at: Generated<Date>;
  readonly id: Generated<number>;
  /** Null for what concerns the installation and no workspace. */
  readonly workspace_id: string | null;
  readonly actor_kind: ActorKind;
  readonly actor_id: string;
  readonly action: string;
  readonly account_id: string | null;
  readonly subject_id: string | null;
  readonly reason: string;
  /** A JSON object. */
  readonly details: Generated<unknown>;
}
