import type { Migration } from './migration.ts';

/** Workspaces, who belongs to them, invitations and API keys. */
export const workspaces: Migration = {
  number: 2,
  name: 'workspaces',
  sql: `
create table workspaces (
  id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 100),
  created_at timestamptz not null default app_now()
);
alter table workspaces enable row level security;
create policy tenant on workspaces
  using (id = current_workspace()) with check (id = current_workspace());
grant select, insert, update, delete on workspaces to greenroom_app;

create table members (
  workspace_id uuid not null references workspaces on delete cascade,
  person_id text not null,
  role text not null check (role in ('owner', 'editor', 'viewer')),
  created_at timestamptz not null default app_now(),
  primary key (workspace_id, person_id)
);
create index on members (person_id);
alter table members enable row level security;
create policy tenant on members
  using (workspace_id = current_workspace()) with check (workspace_id = current_workspace());
grant select, insert, update, delete on members to greenroom_app;

create table invitations (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  role text not null check (role in ('owner', 'editor', 'viewer')),
  token_hash bytea not null unique,
  created_by text not null,
  created_at timestamptz not null default app_now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz
);
alter table invitations enable row level security;
create policy tenant on invitations
  using (workspace_id = current_workspace()) with check (workspace_id = current_workspace());
grant select, insert, update, delete on invitations to greenroom_app;

create table api_keys (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 100),
  -- SHA-256 of 32 random bytes; the last characters are kept so that a person can tell keys apart.
  token_hash bytea not null unique,
  token_end text not null,
  scopes text[] not null,
  created_by text not null,
  created_at timestamptz not null default app_now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index on api_keys (workspace_id, created_at desc, id desc);
alter table api_keys enable row level security;
create policy tenant on api_keys
  using (workspace_id = current_workspace()) with check (workspace_id = current_workspace());
grant select, insert, update on api_keys to greenroom_app;

-- What must cross workspaces returns ids only. Each such function is named in the tenants proof.
create function find_api_key(hash bytea) returns table (id uuid, workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as 'select k.id, k.workspace_id from api_keys k where k.token_hash = hash';
create function find_invitation(hash bytea) returns table (id uuid, workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as 'select i.id, i.workspace_id from invitations i where i.token_hash = hash';
create function list_workspaces_of(person text) returns table (workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as 'select m.workspace_id from members m where m.person_id = person order by m.created_at';
-- The one that a new installation was given.
create function find_first_workspace() returns uuid
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as 'select w.id from workspaces w order by w.created_at, w.id limit 1';
grant execute on function find_api_key(bytea), find_invitation(bytea), list_workspaces_of(text),
  find_first_workspace() to greenroom_app;
`,
};
