import type { Migration } from './migration.ts';

/** The sealed tokens of each account, and the lease of whoever refreshes them. */
export const accountTokens: Migration = {
  number: 7,
  name: 'account-tokens',
  sql: `
-- One sequence for all accounts: a generation never comes back, not even when an account is
-- disconnected and connected again while somebody still waits for an answer to an old refresh token.
create sequence token_generations;
grant usage on sequence token_generations to greenroom_app;

create table account_tokens (
  account_id uuid primary key references accounts on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  access_token_sealed bytea not null,
  refresh_token_sealed bytea not null,
  access_expires_at timestamptz not null,
  -- Null: TikTok did not say.
  refresh_expires_at timestamptz,
  -- When this pair was stored; with access_expires_at it gives the lifetime that shares are taken of.
  refreshed_at timestamptz not null,
  -- When the sweep takes it: early by a share of the lifetime, later after a failure. Null: never,
  -- because only the creator's new consent helps.
  refresh_due_at timestamptz,
  -- Another one with every pair. A new pair is stored only over the generation that it was made of.
  generation bigint not null default nextval('token_generations'),
  -- The process that refreshes it now: the number whose session advisory lock it holds while it lives.
  lease_owner bigint,
  lease_taken_at timestamptz,
  -- A request for a new pair may have reached TikTok, and its answer is not stored.
  is_unclear boolean not null default false,
  -- Failures since the last pair, the first of them, and the code of the last one.
  failures int not null default 0,
  failing_since timestamptz,
  last_failure_code text
)
-- Leases and new pairs are updates: room in the page keeps most of them off the index.
with (fillfactor = 70);
create index account_tokens_due on account_tokens (refresh_due_at) where refresh_due_at is not null;
alter table account_tokens enable row level security;
create policy tenant on account_tokens
  using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace()
    and exists (select from accounts a where a.id = account_tokens.account_id));
grant select, insert, update, delete on account_tokens to greenroom_app;

-- Takes a lease on accounts that are due, the longest due first, and tells which they are. Leases of
-- processes that live are left alone, and so are the claimant's own on accounts that it is busy with;
-- its other ones are leftovers, such as of a commit whose answer was lost.
create function claim_due_refreshes(claimant bigint, most int, busy uuid[] default '{}')
  returns table (account_id uuid, workspace_id uuid)
  language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
  with due as (
    select t.account_id from account_tokens t
    where t.refresh_due_at <= app_now() and case t.lease_owner = claimant
      when true then t.account_id <> all (busy)
      else t.lease_owner is null or not is_alive(t.lease_owner) end
    order by t.refresh_due_at
    limit most for update skip locked
  )
  update account_tokens t set lease_owner = claimant, lease_taken_at = app_now()
  from due where t.account_id = due.account_id
  returning t.account_id, t.workspace_id
$$;
grant execute on function claim_due_refreshes(bigint, int, uuid[]) to greenroom_app;

-- Hands back leases whose refresh was not begun, when a process stops in an orderly way.
create function release_refreshes(claimant bigint, accounts uuid[])
  returns table (account_id uuid)
  language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
  update account_tokens t set lease_owner = null, lease_taken_at = null
  where t.account_id = any (accounts) and t.lease_owner = claimant
  returning t.account_id
$$;
grant execute on function release_refreshes(bigint, uuid[]) to greenroom_app;
`,
};
