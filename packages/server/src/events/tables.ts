import type { Generated } from 'kysely';
import type { RecordedEventType } from './event-types.ts';

/** Row of `events`: something that happened. Rows are inserted by `recordEvent` alone, and nobody changes one. */
export interface EventsTable {
  readonly id: Generated<number>;
  /** Transaction that wrote it; with `id` the order in which events are read. */
  readonly xid: Generated<string>;
  readonly workspace_id: string;
  readonly at: Generated<Date>;
  readonly type: RecordedEventType;
  readonly post_id: string | null;
  readonly account_id: string | null;
  readonly attempt_id: string | null;
  /** A JSON object. */
  readonly details: Generated<{ readonly [name: string]: unknown }>;
}

/** Row of `event_watches`: until when somebody listens to the events of a workspace. */
export interface EventWatchesTable {
  workspace_id: string;
  until: Date;
}

/** Row of `event_horizons`: the place before which events of a workspace may be missing. */
export interface EventHorizonsTable {
  workspace_id: string;
  xid: Generated<string>;
  event_id: Generated<number>;
}

/** Row of `event_followers`: how far a reader of a workspace's events is. */
export interface EventFollowersTable {
  workspace_id: string;
  name: string;
  xid: Generated<string>;
  event_id: Generated<number>;
}
