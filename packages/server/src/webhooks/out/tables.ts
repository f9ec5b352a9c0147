import type { ColumnType, Generated } from 'kysely';

/** A moment that the database sets when it is left out. */
type GeneratedInstant = ColumnType<Date, Date | undefined, Date>;

/** Row of `webhook_endpoints`: where a workspace wants to hear of events. */
export interface WebhookEndpointsTable {
  id: string;
  workspace_id: string;
  url: string;
  description: Generated<string>;
  /** Empty: all. */
  event_types: Generated<string[]>;
  is_enabled: Generated<boolean>;
  /** Why Greenroom disabled it; null where a person did. */
  disabled_reason: string | null;
  secret_sealed: Buffer | null;
  /** Still signed with beside the new one, until it expires. */
  previous_secret_sealed: Buffer | null;
  previous_expires_at: Date | null;
  /** Events up to here have their deliveries. */
  position_xid: Generated<string>;
  position_id: Generated<number>;
  last_delivered_at: Date | null;
  created_at: GeneratedInstant;
  updated_at: GeneratedInstant;
}

/** Where a delivery stands. */
export type DeliveryState = 'pending' | 'delivered' | 'failed';

/** Row of `webhook_deliveries`: an event on its way to an endpoint. */
export interface WebhookDeliveriesTable {
  id: Generated<string>;
  workspace_id: string;
  endpoint_id: string;
  event_id: number;
  state: Generated<DeliveryState>;
  attempts: Generated<number>;
  next_try_at: GeneratedInstant;
  last_status: number | null;
  last_error: string | null;
  last_tried_at: Date | null;
  delivered_at: Date | null;
  created_at: GeneratedInstant;
}
