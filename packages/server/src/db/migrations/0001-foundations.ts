import type { Migration } from './migration.ts';

/** The role that every pooled connection takes, the scope of a workspace, and the one clock. */
export const foundations: Migration = {
  number: 1,
  name: 'foundations',
  sql: `
-- A role belongs to the whole cluster: another database of it may have made it already.
do $$ begin
  create role greenroom_app nologin;
exception when duplicate_object or unique_violation then null;
end $$;
-- Who creates a role administers it since PostgreSQL 16, and may take it only when granted so.
do $$
declare
  needed text := case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end;
begin
  if not pg_has_role(current_user, 'greenroom_app', needed) then
    execute format('grant greenroom_app to %I', current_user);
  end if;
end $$;
revoke create on schema public from public;
grant usage on schema public to greenroom_app;
-- Nobody may call a function of ours who was not told so.
alter default privileges revoke execute on functions from public;
grant select on schema_migrations to greenroom_app;

create table installation (
  is_only boolean primary key default true check (is_only),
  id uuid not null default gen_random_uuid(),
  -- Only a test installation may move its clock.
  is_test boolean not null default false,
  clock_offset interval not null default '0',
  created_at timestamptz not null default now()
);
insert into installation default values;
grant select on installation to greenroom_app;

-- In whole milliseconds, so that an instant survives the way through a JavaScript Date and back.
create function app_now() returns timestamptz language plpgsql stable parallel safe as $$ begin
  return date_trunc('milliseconds', now() + (select clock_offset from installation));
end $$;
grant execute on function app_now() to greenroom_app;

create function move_clock(seconds double precision) returns void
  language plpgsql security definer set search_path = pg_catalog, public as $$ begin
  update installation set clock_offset = clock_offset + make_interval(secs => seconds) where is_test;
  if not found then
    raise exception 'The clock moves only in a test installation';
  end if;
  notify greenroom_clock;
end $$;
grant execute on function move_clock(double precision) to greenroom_app;

-- The workspace that the transaction works for. Row-level security reads nothing else.
create function current_workspace() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('greenroom.workspace_id', true), '')::uuid $$;
grant execute on function current_workspace() to greenroom_app;
`,
};
