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
  client_key text not null constraint tiktok_apps_client_key unique,
  -- Null: given up with a lost master key, until it is set again.
  client_secret_sealed bytea,
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now()
);
create index on tiktok_apps (workspace_id);
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
  -- An app is deleted only when none of its accounts is in use: what is left of them goes with it.
  app_id uuid not null references tiktok_apps on delete cascade,
  open_id text not null,
  union_id text,
  username text,
  display_name text,
  avatar_url text,
  -- Granted, never asked for.
  scopes text[] not null,
  -- What the last connection asked for: what of it is missing was withheld.
  scopes_asked text[] not null,
  state text not null check (state in ('connected', 'reconnect_needed', 'disconnected')),
  -- Machine-readable reason of a state other than connected; the words are made of it.
  state_reason text check ((state_reason is null) = (state = 'connected')),
  connected_at timestamptz not null default app_now(),
  state_changed_at timestamptz not null default app_now(),
  -- When the name and the picture were read from TikTok, and when they are read again.
  displayed_at timestamptz,
  display_due_at timestamptz not null default app_now(),
  created_at timestamptz not null default app_now()
);
-- An account is an (app, open_id), and connected in one workspace. Where it is not connected, its
-- row stays, so that its history survives until it comes back.
create unique index accounts_connected_once on accounts (app_id, open_id) where state = 'connected';
create unique index accounts_once_in_workspace on accounts (workspace_id, app_id, open_id);
create index on accounts (workspace_id, created_at desc, id desc);
create index on accounts (app_id);
create index on accounts (display_due_at) where state = 'connected';
alter table accounts enable row level security;
create policy tenant on accounts
  using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace()
    and exists (select from tiktok_apps t where t.id = accounts.app_id));
grant select, insert, update on accounts to greenroom_app;

create table connections (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  app_id uuid not null references tiktok_apps on delete cascade,
  -- Set when an account is to be connected again; another identity is refused.
  account_id uuid references accounts on delete cascade,
  flow text not null check (flow in ('web', 'desktop')),
  redirect_uri text not null,
  scopes text[] not null,
  state_hash bytea not null unique,
  -- SHA-256 of the session or API key that began it.
  session_hash bytea not null,
  code_verifier_sealed bytea,
  created_at timestamptz not null default app_now(),
  expires_at timestamptz not null,
  -- Set before the code is exchanged: a state and its code are good for one try.
  used_at timestamptz,
  outcome text check (outcome in ('connected', 'refused', 'failed')),
  outcome_code text,
  connected_account_id uuid references accounts on delete cascade
);
create index on connections (workspace_id, created_at desc, id desc);
create index on connections (expires_at);
alter table connections enable row level security;
create policy tenant on connections
  using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace()
    and exists (select from tiktok_apps t where t.id = connections.app_id)
    and (account_id is null
      or exists (select from accounts a where a.id = connections.account_id))
    and (connected_account_id is null
      or exists (select from accounts a where a.id = connections.connected_account_id)));
grant select, insert, update, delete on connections to greenroom_app;

-- What must cross workspaces returns ids only.

-- Where an event of TikTok's belongs: to the workspace in which the account is connected, else to
-- the one that had it last.
create function find_account(key text, open text)
  returns table (account_id uuid, workspace_id uuid, app_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as $$ select a.id, a.workspace_id, a.app_id from accounts a join tiktok_apps t on t.id = a.app_id
        where t.client_key = key and a.open_id = open
        order by a.state = 'connected' desc, a.connected_at desc limit 1 $$;
create function find_connected_account(app uuid, open text)
  returns table (account_id uuid, workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as $$ select a.id, a.workspace_id from accounts a
        where a.app_id = app and a.open_id = open and a.state = 'connected' $$;
create function find_app(key text) returns table (app_id uuid, workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as 'select t.id, t.workspace_id from tiktok_apps t where t.client_key = key';
create function find_connection(hash bytea) returns table (connection_id uuid, workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as 'select c.id, c.workspace_id from connections c where c.state_hash = hash';

-- Takes accounts whose name and picture are due and plans their next reading, so that a process
-- that dies on the way leaves the account to that one. The spread keeps accounts that were
-- connected together from being read together for ever.
create function claim_due_displays(most int)
  returns table (account_id uuid, workspace_id uuid)
  language sql volatile security definer set search_path = pg_catalog, public, pg_temp
  as $$ with due as (
          select id from accounts where state = 'connected' and display_due_at <= app_now()
          order by display_due_at limit most for update skip locked)
        update accounts a
        set display_due_at = app_now() + interval '22 hours' + random() * interval '4 hours'
        from due where a.id = due.id returning a.id, a.workspace_id $$;
-- Connections that are over are of use to nobody after a month.
create function delete_old_connections(most int) returns bigint
  language sql volatile security definer set search_path = pg_catalog, public, pg_temp
  as $$ with old as (
          select id from connections where expires_at < app_now() - interval '30 days'
          order by expires_at limit most for update skip locked),
        gone as (delete from connections c using old where c.id = old.id returning 1)
        select count(*) from gone $$;

revoke execute on function find_account, find_connected_account, find_app, find_connection,
  claim_due_displays, delete_old_connections from public;
grant execute on function find_account, find_connected_account, find_app, find_connection,
  claim_due_displays, delete_old_connections to greenroom_app;
`,
};
