import type { Migration } from './migration.ts';

/** TikTok apps, the accounts connected through them, and the connections that people have begun. */
export const accounts: Migration = {
  number: 6,
  name: 'accounts',
  sql: `
create table tiktok_apps (
  id uuid primary key default gen_random_uuid(),
  -- Null: the installation's app, which every workspace may connect through.
  workspace_id uuid references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 100),
  -- An open_id belongs to a client_key: one row each, or an account could be connected twice.
  client_key text not null unique,
  client_secret_sealed bytea not null,
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now()
);
alter table tiktok_apps enable row level security;
create policy readable on tiktok_apps for select
  using (workspace_id is null or workspace_id = current_workspace());
create policy tenant on tiktok_apps
  using (workspace_id is not distinct from current_workspace())
  with check (workspace_id is not distinct from current_workspace());
grant select, insert, update, delete on tiktok_apps to greenroom_app;

create table accounts (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  app_id uuid not null references tiktok_apps,
  open_id text not null,
  union_id text,
  username text,
  display_name text,
  avatar_url text,
  -- Granted, never asked for.
  scopes text[] not null,
  state text not null check (state in ('connected', 'reconnect_needed', 'disconnected')),
  -- Machine-readable reason of a state other than connected; the words are made of it.
  state_reason text,
  connected_by text not null,
  connected_at timestamptz not null default app_now(),
  state_changed_at timestamptz not null default app_now(),
  displayed_at timestamptz,
  created_at timestamptz not null default app_now()
);
-- An account is an (app, open_id), and connected in one workspace.
create unique index accounts_once on accounts (app_id, open_id) where state <> 'disconnected';
create unique index accounts_of_workspace on accounts (workspace_id, app_id, open_id);
create index on accounts (workspace_id, created_at desc, id desc);
alter table accounts enable row level security;
create policy tenant on accounts
  using (workspace_id = current_workspace()) with check (workspace_id = current_workspace());
grant select, insert, update on accounts to greenroom_app;

create table connections (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  app_id uuid not null references tiktok_apps,
  -- Set when an account is to be connected again; another identity is refused.
  account_id uuid references accounts,
  flow text not null check (flow in ('web', 'desktop')),
  redirect_uri text not null,
  scopes text[] not null,
  state_hash bytea not null unique,
  -- SHA-256 of the session or API key that began it.
  session_hash bytea not null,
  code_verifier_sealed bytea,
  begun_by text not null,
  created_at timestamptz not null default app_now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  outcome text check (outcome in ('connected', 'refused', 'failed')),
  outcome_code text,
  connected_account_id uuid references accounts
);
create index on connections (workspace_id, created_at desc, id desc);
alter table connections enable row level security;
create policy tenant on connections
  using (workspace_id = current_workspace()) with check (workspace_id = current_workspace());
grant select, insert, update, delete on connections to greenroom_app;

create function find_account(key text, open text)
  returns table (account_id uuid, workspace_id uuid, app_id uuid)
  language sql stable security definer set search_path = pg_catalog, public
  as $$ select a.id, a.workspace_id, a.app_id from accounts a join tiktok_apps t on t.id = a.app_id
        where t.client_key = key and a.open_id = open and a.state <> 'disconnected' $$;
create function find_app(key text) returns table (app_id uuid, workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public
  as 'select t.id, t.workspace_id from tiktok_apps t where t.client_key = key';
create function find_connection(hash bytea) returns table (id uuid, workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public
  as 'select c.id, c.workspace_id from connections c where c.state_hash = hash';
`,
};
