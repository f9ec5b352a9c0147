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
  workspace_id uuid not null references workspaces on delete cascade,
  at timestamptz not null default app_now(),
  type text not null,
  post_id uuid references posts on delete cascade,
  account_id uuid references accounts on delete cascade,
  attempt_id uuid,
  details jsonb not null default '{}' check (jsonb_typeof(details) = 'object')
);
create index on events (workspace_id, xid, id);
create index on events (post_id, id) where post_id is not null;
create index on events (account_id);
create index on events (at);
alter table events enable row level security;
create policy tenant on events using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace()
    and (post_id is null or exists (select from posts p where p.id = events.post_id))
    and (account_id is null or exists (select from accounts a where a.id = events.account_id)));
grant select, insert on events to greenroom_app;
-- Wakes who listens: the workspace, no more.
create function tell_event() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$ begin
  perform pg_notify('greenroom_events', new.workspace_id::text);
  return null;
end $$;
create trigger tell_event after insert on events for each row execute function tell_event();
`,
};
