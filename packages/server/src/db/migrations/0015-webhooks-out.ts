import type { Migration } from './migration.ts';

/** The users' webhooks, what was sent to them, and alerts. */
export const webhooksOut: Migration = {
  number: 15,
  name: 'webhooks-out',
  sql: `
create table webhook_endpoints (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  url text not null,
  description text not null default '',
  -- Empty: all.
  event_types text[] not null default '{}',
  is_enabled boolean not null default true,
  disabled_reason text,
  secret_sealed bytea not null,
  -- Still signed with beside the new one, until it expires.
  previous_secret_sealed bytea,
  previous_expires_at timestamptz,
  -- Events up to here have their deliveries.
  position_xid xid8 not null default pg_current_xact_id(),
  position_id bigint not null default 0,
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now()
);
create index on webhook_endpoints (workspace_id, created_at desc, id desc);
alter table webhook_endpoints enable row level security;
create policy tenant on webhook_endpoints using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace());
grant select, insert, update, delete on webhook_endpoints to greenroom_app;

create table webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  endpoint_id uuid not null references webhook_endpoints on delete cascade,
  event_id bigint not null references events on delete cascade,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
  attempts int not null default 0,
  next_try_at timestamptz not null default app_now(),
  last_status int,
  last_error text,
  last_tried_at timestamptz,
  delivered_at timestamptz,
  created_at timestamptz not null default app_now(),
  unique (endpoint_id, event_id)
);
create index on webhook_deliveries (workspace_id);
create index on webhook_deliveries (event_id);
create index on webhook_deliveries (next_try_at) where state = 'pending';
alter table webhook_deliveries enable row level security;
create policy tenant on webhook_deliveries using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace()
    and exists (select from webhook_endpoints w where w.id = webhook_deliveries.endpoint_id)
    and exists (select from events e where e.id = webhook_deliveries.event_id));
grant select, insert, update, delete on webhook_deliveries to greenroom_app;

create table alerts (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  kind text not null,
  -- One open alert for a thing: what happens again is counted.
  subject text not null,
  account_id uuid references accounts on delete cascade,
  post_id uuid references posts on delete cascade,
  details jsonb not null default '{}' check (jsonb_typeof(details) = 'object'),
  occurrences int not null default 1,
  first_at timestamptz not null default app_now(),
  last_at timestamptz not null default app_now(),
  acknowledged_at timestamptz,
  acknowledged_by text,
  resolved_at timestamptz
);
create unique index alerts_one_open on alerts (workspace_id, kind, subject) where resolved_at is null;
create index on alerts (workspace_id, last_at desc, id desc);
create index on alerts (account_id);
create index on alerts (post_id);
alter table alerts enable row level security;
create policy tenant on alerts using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace()
    and (account_id is null or exists (select from accounts a where a.id = alerts.account_id))
    and (post_id is null or exists (select from posts p where p.id = alerts.post_id)));
grant select, insert, update on alerts to greenroom_app;
`,
};
