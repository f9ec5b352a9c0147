import type { Migration } from './migration.ts';

/** Data keys, wrapped by the master key: one for each workspace, and one for the installation's own secrets. */
export const vault: Migration = {
  number: 5,
  name: 'vault',
  sql: `
-- The master keys in use, by ids that tell nothing about them. The highest number wraps new data keys.
-- A rotation adds one, re-wraps every data key, and deletes the former: the reference below holds that
-- back for as long as one data key, be it of a transaction under way, needs it.
create table master_keys (
  id text primary key,
  number int not null unique,
  created_at timestamptz not null default app_now()
);
grant select, insert on master_keys to greenroom_app;

create table data_keys (
  id uuid primary key,
  -- Null: the installation's own key.
  workspace_id uuid references workspaces on delete cascade,
  wrapped bytea not null,
  master_key_id text not null references master_keys,
  -- A process keeps an unwrapped key only if another transaction made it: one that rolls back takes its key along.
  made_in xid8 not null default pg_current_xact_id(),
  created_at timestamptz not null default app_now(),
  wrapped_at timestamptz not null default app_now()
);
create unique index on data_keys (workspace_id) nulls not distinct;
create index on data_keys (master_key_id);
alter table data_keys enable row level security;
create policy tenant on data_keys
  using (workspace_id is not distinct from current_workspace())
  with check (workspace_id is not distinct from current_workspace());
-- Never updated by the application: rotation re-wraps as the owner.
grant select, insert on data_keys to greenroom_app;
`,
};
