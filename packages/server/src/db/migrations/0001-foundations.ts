import type { Migration } from './migration.ts';

/** What all steps stand on: grants of the application's role, the installation, the one clock, the scope of a workspace. */
export const foundations: Migration = {
  number: 1,
  name: 'foundations',
  sql: `
revoke create on schema public from public;
grant usage on schema public to greenroom_app;
grant select on schema_migrations to greenroom_app;
-- A function of ours may be called only by whom a grant names.
alter default privileges revoke execute on functions from public;

create table installation (
  is_only boolean primary key default true check (is_only),
  id uuid not null default gen_random_uuid(),
  is_test boolean not null default false,
  clock_offset interval not null default '0',
  created_at timestamptz not null default now(),
  constraint only_a_test_moves_its_clock check (is_test or clock_offset = '0')
);
insert into installation default values;
grant select on installation to greenroom_app;

create function refuse_test_mode() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$ begin
  if exists (select from accounts) then
    raise exception 'An installation that has accounts cannot become a test installation'
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  return new;
end $$;
create trigger refuse_test_mode before update of is_test on installation
  for each row when (new.is_test and not old.is_test) execute function refuse_test_mode();

-- In whole milliseconds, so that an instant survives the way through a JavaScript Date and back.
create function app_now() returns timestamptz language plpgsql stable parallel safe as $$ begin
  return date_trunc('milliseconds', now() + (select clock_offset from public.installation));
end $$;
grant execute on function app_now() to greenroom_app;

-- Returns the new offset in milliseconds, and tells it to every process that listens.
create function move_clock(seconds double precision) returns double precision
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare offset_ms double precision;
begin
  update installation set clock_offset = clock_offset + make_interval(secs => seconds) where is_test
    returning extract(epoch from clock_offset) * 1000 into offset_ms;
  if offset_ms is null then
    raise exception 'The clock moves only in a test installation'
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  perform pg_notify('greenroom_clock', offset_ms::text);
  return offset_ms;
end $$;
grant execute on function move_clock(double precision) to greenroom_app;

-- The workspace that the transaction works for. Row-level security reads nothing else.
-- A foreign key looks for its row as the table's owner, past row-level security. So the policy of a table that
-- refers to a tenant's table checks that the transaction sees the row referred to.
create function current_workspace() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('greenroom.workspace_id', true), '')::uuid $$;
grant execute on function current_workspace() to greenroom_app;

-- Whether the process of this number lives: its presence (db/presence.ts) holds the lock that is tried here.
create function is_alive(process bigint) returns boolean language sql
  as 'select not pg_try_advisory_xact_lock_shared(473377, process::int)';
grant execute on function is_alive(bigint) to greenroom_app;
`,
};
