import type { Migration } from './migration.ts';

/** TikTok's events as they came, before anything is done about them. */
export const webhookEvents: Migration = {
  number: 9,
  name: 'webhook-events',
  sql: `
create table webhook_events (
  id uuid primary key default gen_random_uuid(),
  -- Null while no workspace of ours knows the account or the app.
  workspace_id uuid references workspaces on delete cascade,
  app_id uuid references tiktok_apps on delete cascade,
  account_id uuid references accounts on delete cascade,
  idempotency_key text not null unique,
  event text not null,
  body bytea not null,
  received_at timestamptz not null default app_now(),
  attempts int not null default 0,
  next_try_at timestamptz not null default app_now(),
  processed_at timestamptz,
  outcome text
);
create index on webhook_events (next_try_at) where processed_at is null;
alter table webhook_events enable row level security;
create policy tenant on webhook_events
  using (workspace_id is not distinct from current_workspace())
  with check (workspace_id is not distinct from current_workspace());
grant select, insert, update on webhook_events to greenroom_app;
`,
};
