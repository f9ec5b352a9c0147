import type { Migration } from './migration.ts';

/** Posts, what they are made of, and their attempts. */
export const posts: Migration = {
  number: 11,
  name: 'posts',
  sql: `
create table posts (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  -- No cascade: what went out stays to be explained.
  account_id uuid not null references accounts,
  -- Grows with each edit: an edit names the version that it saw.
  version int not null default 1,
  state text not null check (state in ('draft', 'held', 'scheduled', 'queued', 'publishing',
    'processing', 'in_inbox', 'published', 'unknown', 'failed', 'canceled')),
  -- Machine-readable reason of the state; the words are made of it and of the details.
  state_reason text,
  state_details jsonb not null default '{}' check (jsonb_typeof(state_details) = 'object'),
  state_changed_at timestamptz not null default app_now(),

  media_type text not null check (media_type in ('VIDEO', 'PHOTO')),
  post_mode text not null check (post_mode in ('DIRECT_POST', 'MEDIA_UPLOAD')),
  title text not null default '',
  description text not null default '',
  -- A person's explicit choices; null: not chosen.
  privacy_level text,
  disable_comment boolean,
  disable_duet boolean,
  disable_stitch boolean,
  -- The switch above the two boxes; null: as the boxes say.
  commercial_disclosure boolean,
  brand_organic_toggle boolean,
  brand_content_toggle boolean,
  is_aigc boolean not null default false,
  auto_add_music boolean not null default false,
  video_cover_timestamp_ms int,
  photo_cover_index int not null default 0,
  -- Who agreed to the declaration, when, and its text; only for the choices as they stand.
  consent jsonb,

  -- Null: at once.
  publish_at timestamptz,
  -- While queued: not before this, and why.
  not_before timestamptz,
  wait_reason text,
  -- SHA-256 over what would be posted: media and texts.
  content_hash bytea,

  attempt_id uuid,
  attempts int not null default 0,
  phase text check (phase in ('preflight', 'init', 'transfer')),
  bytes_total bigint,
  bytes_confirmed bigint not null default 0,
  publish_id text,
  visibility text check (visibility in ('pending', 'public', 'private', 'removed')),
  post_ids text[] not null default '{}',
  -- What TikTok said last of each public id, and when; post_ids are those that are public.
  publications jsonb not null default '{}' check (jsonb_typeof(publications) = 'object'),
  -- A person asked to cancel what TikTok pulls; its status decides what comes of it.
  cancel_asked_at timestamptz,
  next_poll_at timestamptz,
  polls int not null default 0,
  queued_at timestamptz,
  fenced_at timestamptz,
  ended_at timestamptz,

  created_by_kind text not null,
  created_by_id text not null,
  import_id uuid,
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now()
) with (fillfactor = 80);
-- One publish at a time for an account, whatever happens elsewhere.
create unique index posts_one_publishing on posts (account_id) where state = 'publishing';
create index on posts (workspace_id, created_at desc, id desc);
create index on posts (workspace_id, state, state_changed_at desc);
create index on posts (workspace_id, publish_at);
create index on posts (account_id, content_hash);
create index posts_due on posts (publish_at) where state = 'scheduled';
create index posts_queued on posts (account_id, not_before) where state = 'queued';
create index posts_waiting on posts (not_before) where state = 'queued';
create index posts_to_poll on posts (next_poll_at) where next_poll_at is not null;
alter table posts enable row level security;
create policy tenant on posts using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace()
    and exists (select from accounts a where a.id = posts.account_id));
grant select, insert, update, delete on posts to greenroom_app;

create table post_media (
  post_id uuid not null references posts on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  position int not null check (position between 0 and 34),
  media_id uuid references media,
  -- Media on somebody else's address: pulled from there, and without a fence.
  url text,
  primary key (post_id, position),
  check ((media_id is null) <> (url is null))
);
create index on post_media (media_id);
create index on post_media (workspace_id);
alter table post_media enable row level security;
create policy tenant on post_media using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace()
    and exists (select from posts p where p.id = post_media.post_id)
    and (media_id is null or exists (select from media m where m.id = post_media.media_id)));
grant select, insert, update, delete on post_media to greenroom_app;

-- One init whose effect is accepted or ambiguous, one media URL, one workflow (of the same id).
create table attempts (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  post_id uuid not null references posts on delete cascade,
  account_id uuid not null references accounts,
  number int not null,
  source text not null check (source in ('FILE_UPLOAD', 'PULL_FROM_URL')),
  -- open: it may still act; ended: it never acts again, and its outcome says why.
  state text not null default 'open' check (state in ('open', 'ended')),
  outcome text check ((outcome is not null) = (state = 'ended')),
  created_at timestamptz not null default app_now(),
  -- Intent before act: committed before an init is sent; null again after a definite refusal inside the attempt.
  init_sent_at timestamptz,
  -- What init returned, committed before the first byte.
  init_answered_at timestamptz,
  publish_id text,
  -- The SDK's checkpoint with its upload_url.
  upload_sealed bytea,
  upload_expires_at timestamptz,
  bytes_confirmed bigint not null default 0,
  -- Committed before the last chunk is sent: from here on it can post.
  fence_at timestamptz,
  error_code text,
  log_id text,
  ended_at timestamptz,
  unique (post_id, number)
) with (fillfactor = 70);
create index on attempts (workspace_id);
create index on attempts (account_id, created_at desc);
create index on attempts (publish_id) where publish_id is not null;
create unique index attempts_one_open on attempts (post_id) where state = 'open';
alter table attempts enable row level security;
create policy tenant on attempts using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace()
    and exists (select from posts p where p.id = attempts.post_id)
    and exists (select from accounts a where a.id = attempts.account_id));
grant select, insert, update on attempts to greenroom_app;
`,
};
