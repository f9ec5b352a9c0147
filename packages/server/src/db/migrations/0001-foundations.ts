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
do $$ begin
  if not pg_has_role(current_user, 'greenroom_app', 'member') then
    execute format('grant greenroom_app to %I', current_user);
  end if;
end $$;
revoke create on schema public from public;
grant usage on schema public to greenroom_app;

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

create function app_now() returns timestamptz language sql stable
  as 'select now() + (select clock_offset from installation)';

-- The workspace that the transaction works for. Row-level security reads nothing else.
create function current_workspace() returns uuid language sql stable
  as $$ select nullif(current_setting('greenroom.workspace_id', true), '')::uuid $$;
`,
};
