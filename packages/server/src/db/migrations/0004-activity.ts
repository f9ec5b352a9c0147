import type { Migration } from './migration.ts';

/** The audit log: append-only in the database itself, in partitions of a month. */
export const activity: Migration = {
  number: 4,
  name: 'activity',
  sql: `
create table activity (
  at timestamptz not null default app_now(),
  id bigint generated always as identity,
  -- Null for what concerns the installation and no workspace.
  workspace_id uuid,
  actor_kind text not null check (actor_kind in ('person', 'api_key', 'system', 'tiktok')),
  actor_id text not null,
  action text not null,
  account_id uuid,
  subject_id text,
  reason text not null,
  details jsonb not null default '{}',
  primary key (at, id)
) partition by range (at);
create table activity_default partition of activity default;
create index on activity (workspace_id, at desc, id desc);
alter table activity enable row level security;
create policy tenant on activity for select using (workspace_id = current_workspace());
create policy append on activity for insert
  with check (workspace_id is not distinct from current_workspace());
grant select, insert on activity to greenroom_app;
`,
};
