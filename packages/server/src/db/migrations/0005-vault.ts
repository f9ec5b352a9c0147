import type { Migration } from './migration.ts';

/** Data keys, wrapped by the master key: one for each workspace, and one for the installation's own secrets. */
export const vault: Migration = {
  number: 5,
  name: 'vault',
  sql: `
create table data_keys (
  id uuid primary key default gen_random_uuid(),
  -- Null: the installation's own key.
  workspace_id uuid references workspaces on delete cascade,
  wrapped bytea not null,
  master_key_id text not null,
  created_at timestamptz not null default app_now(),
  wrapped_at timestamptz not null default app_now()
);
create unique index on data_keys (workspace_id) nulls not distinct;
alter table data_keys enable row level security;
create policy tenant on data_keys
  using (workspace_id is not distinct from current_workspace())
  with check (workspace_id is not distinct from current_workspace());
grant select, insert on data_keys to greenroom_app;
`,
};
