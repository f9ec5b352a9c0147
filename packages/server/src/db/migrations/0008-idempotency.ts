import type { Migration } from './migration.ts';

/** Answers of writes that carried an Idempotency-Key, sealed, kept for 24 hours. */
export const idempotency: Migration = {
  number: 8,
  name: 'idempotency',
  sql: `
create table idempotency_keys (
  workspace_id uuid not null references workspaces on delete cascade,
  -- SHA-256 of principal, operation and key.
  key_hash bytea not null,
  request_hash bytea not null,
  status int not null,
  answer_sealed bytea not null,
  created_at timestamptz not null default app_now(),
  primary key (workspace_id, key_hash)
);
create index on idempotency_keys (created_at);
alter table idempotency_keys enable row level security;
create policy tenant on idempotency_keys
  using (workspace_id = current_workspace()) with check (workspace_id = current_workspace());
grant select, insert, update, delete on idempotency_keys to greenroom_app;
`,
};
