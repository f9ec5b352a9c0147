import type { AccountTokensTable } from '../accounts/broker/tables.ts';
import type { AccountsTable, ConnectionsTable, TikTokAppsTable } from '../accounts/tables.ts';
import type { DataKeysTable, MasterKeysTable } from '../accounts/vault/tables.ts';
import type { AlertsTable } from '../activity/alerts/tables.ts';
import type { ChecksTable, LogRedactionsTable } from '../activity/daily-check/tables.ts';
import type { ActivityTable } from '../activity/tables.ts';
import type {
  EventFollowersTable,
  EventHorizonsTable,
  EventsTable,
  EventWatchesTable,
} from '../events/tables.ts';
import type { IdempotencyKeysTable } from '../http/tables.ts';
import type { DomainProofsTable, MediaTable, MediaUrlsTable } from '../media/tables.ts';
import type { AttemptsTable, PostMediaTable, PostsTable } from '../posts/tables.ts';
import type {
  CapUsesTable,
  CircuitsTable,
  LearnedCapsTable,
  RateWindowsTable,
} from '../publishing/limits/tables.ts';
import type { WebhookDeliveriesTable, WebhookEndpointsTable } from '../webhooks/out/tables.ts';
import type { WebhookEventsTable } from '../webhooks/tables.ts';
import type {
  ApiKeysTable,
  CredentialsTable,
  InvitationsTable,
  MembersTable,
  PeopleTable,
  SessionsTable,
  SignInAttemptsTable,
  WorkspacesTable,
} from '../workspaces/tables.ts';
import type { InstallationTable, SchemaMigrationsTable } from './installation-tables.ts';

/** Every table that queries may name. Each part keeps the rows of its own tables in its `tables.ts`. */
export interface Tables {
  readonly account_tokens: AccountTokensTable;
  readonly accounts: AccountsTable;
  readonly activity: ActivityTable;
  readonly alerts: AlertsTable;
  readonly api_keys: ApiKeysTable;
  readonly attempts: AttemptsTable;
  readonly cap_uses: CapUsesTable;
  readonly checks: ChecksTable;
  readonly circuits: CircuitsTable;
  readonly connections: ConnectionsTable;
  readonly data_keys: DataKeysTable;
  readonly domain_proofs: DomainProofsTable;
  readonly event_followers: EventFollowersTable;
  readonly event_horizons: EventHorizonsTable;
  readonly event_watches: EventWatchesTable;
  readonly events: EventsTable;
  readonly idempotency_keys: IdempotencyKeysTable;
  readonly installation: InstallationTable;
  readonly invitations: InvitationsTable;
  readonly learned_caps: LearnedCapsTable;
  readonly log_redactions: LogRedactionsTable;
  readonly master_keys: MasterKeysTable;
  readonly media: MediaTable;
  readonly media_urls: MediaUrlsTable;
  readonly members: MembersTable;
  readonly post_media: PostMediaTable;
  readonly posts: PostsTable;
  readonly rate_windows: RateWindowsTable;
  readonly schema_migrations: SchemaMigrationsTable;
  readonly tiktok_apps: TikTokAppsTable;
  readonly webhook_deliveries: WebhookDeliveriesTable;
  readonly webhook_endpoints: WebhookEndpointsTable;
  readonly webhook_events: WebhookEventsTable;
  readonly workspaces: WorkspacesTable;
  readonly 'identity.people': PeopleTable;
  readonly 'identity.sessions': SessionsTable;
  readonly 'identity.credentials': CredentialsTable;
  readonly 'identity.sign_in_attempts': SignInAttemptsTable;
}
