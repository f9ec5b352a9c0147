import type { Migration } from './migration.ts';

/**
 * What happened, in order: timelines, live updates and the users' webhooks are made of it.
 *
 * Numbers of a sequence are taken before a commit, so a later one may be seen earlier. A reader therefore follows
 * `(xid, id)` and reads only what no running transaction can still come before.
 */
export const events: Migration = {
  number: 12,
  name: 'events',
  sql: `
create table events (
  id bigint generated always as identity primary key,
  xid xid8 not null default pg_current_xact_id(),
  -- Without references, as accounts and workspaces are never deleted: each would be asked for, and its row locked, by every
  -- event of everybody.
  workspace_id uuid not null,
  at timestamptz not null default app_now(),
  type text not null,
  post_id uuid references posts on delete cascade,
  account_id uuid,
  attempt_id uuid,
  details jsonb not null default '{}' check (jsonb_typeof(details) = 'object')
);
create index on events (workspace_id, xid, id);
create index on events (post_id, id) where post_id is not null;
-- For what is older than a day or a year: the table grows in this order.
create index on events using brin (at);
alter table events enable row level security;
create policy tenant on events using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace()
    and (post_id is null or exists (select from posts p where p.id = events.post_id))
    and (account_id is null or exists (select from accounts a where a.id = events.account_id)));
grant select, insert on events to greenroom_app;

-- Workspaces whose events somebody listens to right now, in some process. Notifications make their transactions
-- commit one after another, so nobody is notified where nobody listens.
create table event_watches (
  workspace_id uuid primary key references workspaces on delete cascade,
  -- By the machine's clock, not by the one that tests move: it is about processes that live.
  until timestamptz not null
);
alter table event_watches enable row level security;
create policy tenant on event_watches using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace());
grant select, insert, update on event_watches to greenroom_app;

-- Wakes who listens: the workspace, no more. The table is the truth.
create function tell_events() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$ begin
  perform pg_notify('greenroom_events', w.workspace_id::text) from event_watches w
    where w.until > clock_timestamp() and w.workspace_id in (select workspace_id from told);
  return null;
end $$;
revoke execute on function tell_events from public;
grant execute on function tell_events to greenroom_app;
create trigger tell_events after insert on events
  referencing new table as told for each statement execute function tell_events();

-- Readers that follow the events of a workspace for all processes together, and how far each is.
create table event_followers (
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null,
  xid xid8 not null default '0',
  event_id bigint not null default 0,
  primary key (workspace_id, name)
);
alter table event_followers enable row level security;
create policy tenant on event_followers using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace());
grant select, insert, update on event_followers to greenroom_app;

-- Workspaces in which a follower has something to read.
create function workspaces_to_follow(follower text, most int)
  returns table (workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as $$ select w.id from workspaces w
        left join event_followers f on f.workspace_id = w.id and f.name = follower
        -- The first that is unread tells for all.
        cross join lateral (select e.xid from events e where e.workspace_id = w.id
          and (e.xid, e.id) > (coalesce(f.xid, '0'::xid8), coalesce(f.event_id, 0))
          order by e.xid, e.id limit 1) unread
        where unread.xid < pg_snapshot_xmin(pg_current_snapshot())
        limit most $$;
revoke execute on function workspaces_to_follow from public;
grant execute on function workspaces_to_follow to greenroom_app;

-- Where a workspace's events begin: whoever resumes before may have missed some, which were deleted, or are another
-- day's since a restore.
create table event_horizons (
  workspace_id uuid primary key references workspaces on delete cascade,
  xid xid8 not null default '0',
  event_id bigint not null default 0
);
alter table event_horizons enable row level security;
create policy tenant on event_horizons using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace());
grant select on event_horizons to greenroom_app;

-- Only the owner deletes events, and only of posts that ended as long ago.
create function delete_old_events(age interval, most int) returns int
  language sql security definer set search_path = pg_catalog, public, pg_temp
  as $$ with old as (
          select e.id from events e left join posts p on p.id = e.post_id
          where e.at < app_now() - greatest(age, interval '7 days')
            and (p.id is null or (p.state in ('published', 'failed', 'canceled')
              and p.state_changed_at < app_now() - greatest(age, interval '7 days')))
          order by e.at limit most for update of e skip locked
        ), gone as (
          delete from events e using old where e.id = old.id returning e.id, e.workspace_id, e.xid
        ), moved as (
          insert into event_horizons as h (workspace_id, xid, event_id)
          select distinct on (workspace_id) workspace_id, xid, id from gone
          order by workspace_id, xid desc, id desc
          on conflict (workspace_id) do update set xid = excluded.xid, event_id = excluded.event_id
          where (excluded.xid, excluded.event_id) > (h.xid, h.event_id)
        )
        select count(*)::int from gone $$;
revoke execute on function delete_old_events from public;
grant execute on function delete_old_events to greenroom_app;
`,
};
