import type { Migration } from './migration.ts';

/** TikTok's events as they came, before anything is done about them. */
export const webhookEvents: Migration = {
  number: 9,
  name: 'webhook-events',
  sql: `
create table webhook_events (
  id uuid primary key default gen_random_uuid(),
  -- Null while no workspace of ours knows the account or the app.
  workspace_id uuid references workspaces on delete cascade,
  app_id uuid not null references tiktok_apps on delete cascade,
  account_id uuid references accounts on delete cascade,
  -- SHA-256 of the event's idempotency key: it comes again until it is answered, and sometimes after.
  key_hash bytea not null,
  event text not null,
  -- TikTok's create_time: what happened before an account was connected is not about that connection.
  happened_at timestamptz not null,
  -- The raw bytes that were signed.
  body bytea not null,
  received_at timestamptz not null default app_now(),
  attempts int not null default 0,
  next_try_at timestamptz not null default app_now(),
  processed_at timestamptz,
  outcome text,
  unique (app_id, key_hash)
);
-- By event first: events that this version does not process stay due for as long as they are kept.
create index on webhook_events (event, next_try_at) where processed_at is null;
create index on webhook_events (workspace_id, received_at desc);
create index on webhook_events (account_id);
create index on webhook_events (received_at);
alter table webhook_events enable row level security;
create policy tenant on webhook_events
  using (workspace_id is not distinct from current_workspace())
  with check (workspace_id is not distinct from current_workspace()
    and exists (select from tiktok_apps t where t.id = webhook_events.app_id)
    and (account_id is null
      or exists (select from accounts a where a.id = webhook_events.account_id)));
grant select, insert, update on webhook_events to greenroom_app;

-- Takes events that are due, of the kinds that can be processed, and puts their next try off: a
-- process that is killed leaves its events to the next one, and an event that always fails waits
-- longer each time while the others go by.
create function claim_webhook_events(kinds text[], most int)
  returns table (event_id uuid, workspace_id uuid)
  language sql volatile security definer set search_path = pg_catalog, public, pg_temp
  as $$ with due as (
          select id from webhook_events
          where processed_at is null and next_try_at <= app_now() and event = any(kinds)
          order by next_try_at limit most for update skip locked)
        update webhook_events e
        set attempts = e.attempts + 1,
            next_try_at = app_now() + least(interval '30 seconds' * 2 ^ least(e.attempts, 20), interval '6 hours')
        from due where e.id = due.id returning e.id, e.workspace_id $$;
revoke execute on function claim_webhook_events from public;
grant execute on function claim_webhook_events to greenroom_app;

-- What is old goes for all workspaces at once, but never what is still to be processed; a count comes back.
create function delete_old_webhook_events(older_than interval, most int) returns int
  language sql volatile security definer set search_path = pg_catalog, public, pg_temp
  as $$ with gone as (
          delete from webhook_events e where e.id in (
            select o.id from webhook_events o
            where o.received_at < app_now() - older_than and (o.processed_at is not null or o.attempts = 0)
            order by o.received_at limit most for update skip locked)
          returning 1)
        select count(*)::int from gone $$;
revoke execute on function delete_old_webhook_events from public;
grant execute on function delete_old_webhook_events to greenroom_app;
`,
};
