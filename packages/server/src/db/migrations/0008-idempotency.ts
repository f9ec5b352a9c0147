import type { Migration } from './migration.ts';

/** Answers of writes that carried an Idempotency-Key, sealed, kept for 24 hours. */
export const idempotency: Migration = {
  number: 8,
  name: 'idempotency',
  sql: `
create table idempotency_keys (
  -- SHA-256 of caller, operation and key.
  key_hash bytea primary key check (length(key_hash) = 32),
  -- Null: the operation works in no workspace.
  workspace_id uuid references workspaces on delete cascade,
  -- SHA-256 of path and body: the same key with another request is refused.
  request_hash bytea not null check (length(request_hash) = 32),
  status int not null,
  answer_sealed bytea not null,
  created_at timestamptz not null default app_now()
);
create index on idempotency_keys (created_at);
create index on idempotency_keys (workspace_id);
alter table idempotency_keys enable row level security;
create policy tenant on idempotency_keys
  using (workspace_id is not distinct from current_workspace())
  with check (workspace_id is not distinct from current_workspace());
grant select, insert, delete on idempotency_keys to greenroom_app;

-- What has expired goes for all workspaces at once; a count comes back, nothing of a row.
create function delete_expired_idempotency_keys(older_than interval, most int) returns int
  language sql volatile security definer set search_path = pg_catalog, public, pg_temp
  as $$
    with gone as (
      delete from idempotency_keys k where k.key_hash in (
        select e.key_hash from idempotency_keys e
        where e.created_at < app_now() - older_than
        order by e.created_at limit most for update skip locked
      ) returning 1
    ) select count(*)::int from gone
  $$;
revoke execute on function delete_expired_idempotency_keys(interval, int) from public;
grant execute on function delete_expired_idempotency_keys(interval, int) to greenroom_app;
`,
};
