import type { Migration } from './migration.ts';

/**
 * The audit log: append-only in the database itself, in partitions of a month.
 *
 * What falls into no month's partition goes to the default one, so that a write never fails because
 * nobody made the month in time; the next sweep moves it into a partition of its month.
 */
export const activity: Migration = {
  number: 4,
  name: 'activity',
  sql: `
create table activity (
  at timestamptz not null default app_now(),
  id bigint not null generated always as identity,
  -- Null for what concerns the installation and no workspace.
  workspace_id uuid,
  actor_kind text not null check (actor_kind in ('person', 'api_key', 'system', 'tiktok')),
  actor_id text not null,
  action text not null,
  account_id uuid,
  subject_id text,
  reason text not null,
  details jsonb not null default '{}' check (jsonb_typeof(details) = 'object')
) partition by range (at);

-- No primary key: nothing refers to a row, and an index less is an index less on each hand-out.
create index on activity (workspace_id, at desc, id desc);
create index on activity (account_id, at desc, id desc) where account_id is not null;
-- Hand-outs are nearly all of the log. This one finds the rest, for instance by action.
create index on activity (workspace_id, at desc, id desc) where action <> 'token.handed_out';

grant select, insert on activity to greenroom_app;

create function refuse_change_of_activity() returns trigger language plpgsql
  set search_path = pg_catalog, pg_temp as $$ begin
  raise exception 'The audit log is append-only: % is refused on %', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

-- What the table and each of its partitions must have, for a partition can be named directly.
create procedure guard_activity(part regclass) language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$ begin
  execute format('alter table %s enable row level security', part);
  execute format('create policy tenant on %s using (workspace_id is not distinct from current_workspace()) '
    'with check (workspace_id is not distinct from current_workspace())', part);
  execute format('create trigger append_only before update or delete or truncate on %s '
    'for each statement execute function refuse_change_of_activity()', part);
  execute format('alter table %s enable always trigger append_only', part);
end $$;
call guard_activity('activity');
create table activity_default partition of activity default;
call guard_activity('activity_default');

-- Makes the partition of a month, and moves there what the default partition has of it.
-- It is filled before it is attached: attaching does not stop those who write.
create function add_activity_month(month timestamptz) returns text language plpgsql
  set search_path = pg_catalog, public, pg_temp set timezone = 'UTC' as $$
declare
  part text := 'activity_' || to_char(month, 'YYYY_MM');
  next_month timestamptz := month + interval '1 month';
begin
  execute format('create table public.%I (like activity including defaults including constraints including indexes)', part);
  if exists (select from activity_default where at >= month and at < next_month) then
    -- The only place that takes rows away, and it puts each of them back in the same transaction.
    alter table activity_default disable trigger append_only;
    execute format('with moved as (delete from activity_default where at >= $1 and at < $2 returning *) '
      'insert into %I select * from moved', part) using month, next_month;
    alter table activity_default enable always trigger append_only;
  end if;
  call guard_activity(part::regclass);
  execute format('alter table activity attach partition %I for values from (%L) to (%L)', part, month, next_month);
  return part;
end $$;

-- Makes the partitions of this month and the next three, and of months that the default partition has rows of.
-- It gives up after 2 s of waiting for a reader of the log, and the next sweep tries again; nobody who writes waits.
create function prepare_activity_months() returns setof text
  language plpgsql security definer
  set search_path = pg_catalog, public, pg_temp set timezone = 'UTC' set lock_timeout = '2s' as $$
declare
  months timestamptz[];
  month timestamptz;
begin
  -- One at a time: two processes would make the same partition.
  perform pg_advisory_xact_lock(473378, 1);
  -- Read before the loop: a table that is being read cannot be altered.
  select array_agg(wanted order by wanted) into months from (
    select date_trunc('month', app_now()) + make_interval(months => n) as wanted
      from generate_series(0, 3) n
    union (select distinct date_trunc('month', d.at) from activity_default d limit 24)
  ) _;
  foreach month in array months loop
    continue when to_regclass('public.activity_' || to_char(month, 'YYYY_MM')) is not null;
    return next add_activity_month(month);
  end loop;
end $$;
grant execute on function prepare_activity_months() to greenroom_app;

-- Drops the partitions of months that ended longer ago than this. The least is enforced here,
-- so that no role of ours can empty the log through it. Those who write wait behind a drop that waits
-- for a reader, so it gives up soon.
create function drop_activity_months(retention_days int) returns setof text
  language plpgsql security definer
  set search_path = pg_catalog, public, pg_temp set timezone = 'UTC' set lock_timeout = '250ms' as $$
declare part text;
begin
  if retention_days is null or retention_days < 30 then
    raise exception 'The audit log is kept for at least 30 days'
      using errcode = 'invalid_parameter_value';
  end if;
  perform pg_advisory_xact_lock(473378, 1);
  for part in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'public.activity'::regclass and c.relname ~ '^activity_\\d{4,}_\\d\\d$'
      and to_date(substr(c.relname, 10), 'YYYY_MM') + interval '1 month'
        <= app_now() - make_interval(days => retention_days)
    order by 1
  loop
    execute format('drop table %I', part);
    return next part;
  end loop;
end $$;
grant execute on function drop_activity_months(int) to greenroom_app;

select prepare_activity_months();
`,
};
