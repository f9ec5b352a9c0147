import type { Migration } from './migration.ts';

/**
 * The ledger of TikTok's limits. Its keys are hashes of (app, open_id), so that it can be shared by all workspaces
 * without telling one of another.
 */
export const limits: Migration = {
  number: 13,
  name: 'limits',
  sql: `
-- The moments of the calls in the window that ends now, oldest first.
create table rate_windows (
  creator bytea not null,
  endpoint text not null,
  taken timestamptz[] not null default '{}',
  primary key (creator, endpoint)
) with (fillfactor = 50);
grant select, insert, update, delete on rate_windows to greenroom_app;

-- Places taken under a daily cap: posts and pending shares of a creator, users of an app.
create table cap_uses (
  attempt_id uuid not null,
  cap text not null check (cap in ('posts', 'pending_shares', 'users')),
  -- Creator, or app for users.
  subject bytea not null,
  creator bytea not null,
  taken_at timestamptz not null default app_now(),
  primary key (attempt_id, cap)
);
create index on cap_uses (subject, cap, taken_at);
create index on cap_uses (taken_at);
grant select, insert, update, delete on cap_uses to greenroom_app;

-- What TikTok's refusals taught: a lower cap, or none before a moment.
create table learned_caps (
  subject bytea not null,
  cap text not null check (cap in ('posts', 'pending_shares', 'users', 'banned')),
  most int,
  not_before timestamptz,
  learned_at timestamptz not null default app_now(),
  primary key (subject, cap)
);
grant select, insert, update, delete on learned_caps to greenroom_app;

-- Circuit breakers: 'tiktok', or a creator's.
create table circuits (
  subject text primary key,
  state text not null check (state in ('closed', 'open', 'half_open')),
  failures int not null default 0,
  opened_at timestamptz,
  retry_at timestamptz,
  last_error text,
  changed_at timestamptz not null default app_now()
);
grant select, insert, update, delete on circuits to greenroom_app;

alter table tiktok_apps
  -- Null: not known. Unaudited apps post for five users a day, to private accounts, as SELF_ONLY.
  add column is_audited boolean,
  -- Users that TikTok granted to an audited app in a day; null: not known.
  add column daily_users int check (daily_users > 0);
`,
};
