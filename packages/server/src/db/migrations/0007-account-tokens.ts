import type { Migration } from './migration.ts';

/** The sealed tokens of each account, and the lease of whoever refreshes them. */
export const accountTokens: Migration = {
  number: 7,
  name: 'account-tokens',
  sql: `
create table account_tokens (
  account_id uuid primary key references accounts on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  access_token_sealed bytea not null,
  refresh_token_sealed bytea not null,
  access_expires_at timestamptz not null,
  refresh_expires_at timestamptz not null,
  -- When the sweep takes it: early by a share of expires_in, later after a failure.
  refresh_due_at timestamptz not null,
  -- Grows with every pair. A new pair is stored only over the generation that it was made of.
  generation bigint not null default 1,
  refreshed_at timestamptz not null default app_now(),
  -- The process that refreshes it now. It is alive as long as it holds the session advisory lock of this number.
  lease_owner bigint,
  lease_taken_at timestamptz,
  -- A request for a new pair may have reached TikTok and its answer is not stored.
  is_unclear boolean not null default false,
  failures int not null default 0
);
create index on account_tokens (refresh_due_at);
alter table account_tokens enable row level security;
create policy tenant on account_tokens
  using (workspace_id = current_workspace()) with check (workspace_id = current_workspace());
grant select, insert, update, delete on account_tokens to greenroom_app;
`,
};
