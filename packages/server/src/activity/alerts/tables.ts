import type { ColumnType, Generated } from 'kysely';
import type { AlertKind } from './alert-kinds.ts';

/** A moment that the database sets when it is left out. */
type GeneratedInstant = ColumnType<Date, Date | undefined, Date>;

/** Row of `alerts`: something that needs attention, open until it is resolved. */
export interface AlertsTable {
  id: Generated<string>;
  workspace_id: string;
  kind: AlertKind;
  /** What it is about: of a kind and a subject, one alert is open. */
  subject: string;
  account_id: string | null;
  post_id: string | null;
  details: Generated<{ readonly [name: string]: unknown }>;
  occurrences: Generated<number>;
  first_at: GeneratedInstant;
  last_at: GeneratedInstant;
  acknowledged_at: Date | null;
  acknowledged_by: string | null;
  resolved_at: Date | null;
}
