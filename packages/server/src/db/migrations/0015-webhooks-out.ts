import type { Migration } from './migration.ts';

/** The users' webhooks, what was sent to them, alerts, and the reports of the daily check. */
export const webhooksOut: Migration = {
  number: 15,
  name: 'webhooks-out',
  sql: `
create table webhook_endpoints (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  url text not null,
  description text not null default '',
  -- Empty: all.
  event_types text[] not null default '{}',
  is_enabled boolean not null default true,
  -- Why Greenroom disabled it; null where a person did.
  disabled_reason text,
  -- Null: given up with a lost master key; disabled until it has another one.
  secret_sealed bytea,
  -- Still signed with beside the new one, until it expires.
  previous_secret_sealed bytea,
  previous_expires_at timestamptz,
  -- Events up to here have their deliveries.
  position_xid xid8 not null default pg_snapshot_xmin(pg_current_snapshot()),
  position_id bigint not null default 0,
  last_delivered_at timestamptz,
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now(),
  check ((previous_secret_sealed is null) = (previous_expires_at is null)),
  check (secret_sealed is not null or not is_enabled)
);
create index on webhook_endpoints (workspace_id, created_at desc, id desc);
alter table webhook_endpoints enable row level security;
create policy tenant on webhook_endpoints using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace());
grant select, insert, update, delete on webhook_endpoints to greenroom_app;

create table webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  endpoint_id uuid not null references webhook_endpoints on delete cascade,
  event_id bigint not null references events on delete cascade,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
  attempts int not null default 0,
  -- A claim puts it off: a process that dies on the way leaves it to the next one.
  next_try_at timestamptz not null default app_now(),
  last_status int,
  last_error text,
  last_tried_at timestamptz,
  delivered_at timestamptz,
  created_at timestamptz not null default app_now(),
  unique (endpoint_id, event_id)
);
create index on webhook_deliveries (workspace_id);
create index on webhook_deliveries (event_id);
create index on webhook_deliveries (endpoint_id, created_at desc, id desc);
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, next_try_at) where state = 'pending';
alter table webhook_deliveries enable row level security;
create policy tenant on webhook_deliveries using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace()
    and exists (select from webhook_endpoints w where w.id = webhook_deliveries.endpoint_id)
    and exists (select from events e where e.id = webhook_deliveries.event_id));
grant select, insert, update, delete on webhook_deliveries to greenroom_app;

-- Endpoints for which there are events without deliveries.
create function endpoints_behind(most int)
  returns table (endpoint_id uuid, workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as $$ select w.id, w.workspace_id from webhook_endpoints w
        cross join lateral (select e.xid from events e where e.workspace_id = w.workspace_id
          and (e.xid, e.id) > (w.position_xid, w.position_id)
          order by e.xid, e.id limit 1) unread
        where w.is_enabled and unread.xid < pg_snapshot_xmin(pg_current_snapshot())
        limit most $$;
revoke execute on function endpoints_behind from public;
grant execute on function endpoints_behind to greenroom_app;

-- Takes deliveries that are due, a few of each endpoint: a slow receiver keeps no other from its turn.
create function claim_webhook_deliveries(most int, most_each int, busy uuid[])
  returns table (delivery_id uuid, endpoint_id uuid, workspace_id uuid, attempt int)
  language sql security definer set search_path = pg_catalog, public, pg_temp
  as $$ update webhook_deliveries d
        set attempts = d.attempts + 1, next_try_at = app_now() + interval '1 minute'
        where d.id in (
          select due.id from webhook_endpoints w cross join lateral (
            select p.id from webhook_deliveries p
            where p.endpoint_id = w.id and p.state = 'pending' and p.next_try_at <= app_now()
            order by p.next_try_at limit most_each for update skip locked
          ) due
          where w.is_enabled and w.id <> all (busy)
          limit most)
        returning d.id, d.endpoint_id, d.workspace_id, d.attempts $$;
revoke execute on function claim_webhook_deliveries from public;
grant execute on function claim_webhook_deliveries to greenroom_app;

create table alerts (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  kind text not null,
  -- One open alert for a thing: what happens again is counted.
  subject text not null,
  account_id uuid references accounts on delete cascade,
  post_id uuid references posts on delete cascade,
  details jsonb not null default '{}' check (jsonb_typeof(details) = 'object'),
  occurrences int not null default 1,
  first_at timestamptz not null default app_now(),
  last_at timestamptz not null default app_now(),
  acknowledged_at timestamptz,
  acknowledged_by text,
  resolved_at timestamptz
);
create unique index alerts_one_open on alerts (workspace_id, kind, subject) where resolved_at is null;
create index on alerts (workspace_id, first_at desc, id desc);
create index on alerts (account_id);
create index on alerts (post_id);
alter table alerts enable row level security;
create policy tenant on alerts using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace()
    and (account_id is null or exists (select from accounts a where a.id = alerts.account_id))
    and (post_id is null or exists (select from posts p where p.id = alerts.post_id)));
grant select, insert, update on alerts to greenroom_app;

-- Workspaces with alerts that may be over, or accounts whose access has not been renewed for long.
create function workspaces_with_causes(failing_for interval, most int)
  returns table (workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as $$ select a.workspace_id from alerts a where a.resolved_at is null
        union
        select t.workspace_id from account_tokens t where t.failing_since < app_now() - failing_for
        limit most $$;
revoke execute on function workspaces_with_causes from public;
grant execute on function workspaces_with_causes to greenroom_app;

-- The last report of each check, a workspace's own.
create table checks (
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null,
  ran_at timestamptz not null default app_now(),
  is_ok boolean not null,
  words text not null,
  details jsonb not null default '{}' check (jsonb_typeof(details) = 'object'),
  primary key (workspace_id, name)
);
alter table checks enable row level security;
create policy tenant on checks using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace());
grant select, insert, update, delete on checks to greenroom_app;

-- Workspaces whose checks ran longer ago than that, or never; a new one is left alone for an hour.
create function workspaces_to_check(age interval, most int)
  returns table (workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as $$ select w.id from workspaces w
        where w.created_at < app_now() - interval '1 hour'
          and not exists (select from checks c where c.workspace_id = w.id and c.ran_at > app_now() - age)
        limit most $$;
revoke execute on function workspaces_to_check from public;
grant execute on function workspaces_to_check to greenroom_app;

-- Lines of a log out of which a filter took what looked like a secret, by day; the lines themselves are nowhere.
create table log_redactions (
  day date primary key,
  lines bigint not null
);
grant select, insert, update, delete on log_redactions to greenroom_app;
`,
};
