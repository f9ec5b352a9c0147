import type { Migration } from './migration.ts';

/** Videos and photos in our store, and the unguessable addresses under which an attempt serves them. */
export const media: Migration = {
  number: 10,
  name: 'media',
  sql: `
create table media (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  state text not null check (state in ('uploading', 'checking', 'ready', 'refused')),
  -- Why it was refused: a code of the probe's.
  state_reason text check ((state_reason is not null) = (state = 'refused')),
  media_type text check (media_type in ('VIDEO', 'PHOTO')),
  file_name text not null check (length(file_name) between 1 and 255),
  size bigint not null check (size > 0),
  -- Bytes that are safe on the disk: an upload goes on from here.
  received bigint not null default 0 check (received between 0 and size),
  -- Presence of the process that writes it, and whether another request waits for that process to let go.
  writer bigint,
  writer_wanted boolean not null default false,
  sha256 bytea check (octet_length(sha256) = 32),
  -- What the uploader says it is: another file is refused.
  expected_sha256 bytea check (octet_length(expected_sha256) = 32),
  -- What the probe saw.
  content_type text,
  container text,
  codec text,
  duration_ms bigint,
  frame_rate double precision,
  width int,
  height int,
  created_by_kind text not null,
  created_by_id text not null,
  created_at timestamptz not null default app_now(),
  received_at timestamptz not null default app_now(),
  ready_at timestamptz,
  -- Set when a person deletes it: its bytes go, its row stays for the posts that it was in.
  deleted_at timestamptz
);
create index on media (workspace_id, created_at desc, id desc);
create index on media (workspace_id, sha256);
create index media_unfinished on media (received_at)
  where state in ('uploading', 'checking') and deleted_at is null;
alter table media enable row level security;
create policy tenant on media using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace());
grant select, insert, update, delete on media to greenroom_app;

-- What has arrived whole and nobody looks at: its process died between the last byte and the verdict. One at a time,
-- which is left alone for as long again, and comes behind all others then if nothing could be said of it.
create function claim_unchecked_media(older_than interval)
  returns table (media_id uuid, workspace_id uuid)
  language sql security definer set search_path = pg_catalog, public, pg_temp
  as $$ update media set received_at = app_now() where id = (
          select m.id from media m
          where m.state = 'checking' and m.deleted_at is null and m.received_at < app_now() - older_than
          order by m.received_at limit 1 for update skip locked)
        returning id, media.workspace_id $$;
revoke execute on function claim_unchecked_media from public;
grant execute on function claim_unchecked_media to greenroom_app;

-- Uploads that nobody has sent a byte of for long.
create function abandoned_uploads(older_than interval, most int)
  returns table (media_id uuid, workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as $$ select m.id, m.workspace_id from media m
        where m.state = 'uploading' and m.deleted_at is null and m.received_at < app_now() - older_than
        order by m.received_at limit most $$;
revoke execute on function abandoned_uploads from public;
grant execute on function abandoned_uploads to greenroom_app;

-- Which of these files some workspace has a row for that needs its bytes: all others are orphans.
create function media_with_bytes(ids uuid[]) returns setof uuid
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as $$ select m.id from media m
        where m.id = any (ids) and m.deleted_at is null and m.state <> 'refused' $$;
revoke execute on function media_with_bytes from public;
grant execute on function media_with_bytes to greenroom_app;

-- Addresses that TikTok fetches from, one attempt each. Only a hash is kept: nobody needs one twice.
create table media_urls (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  media_id uuid not null references media on delete cascade,
  attempt_id uuid not null,
  position int not null default 0,
  token_hash bytea not null unique,
  created_at timestamptz not null default app_now(),
  first_fetched_at timestamptz,
  fetches int not null default 0,
  revoked_at timestamptz,
  expires_at timestamptz not null
);
create index on media_urls (attempt_id);
create index on media_urls (media_id);
create index on media_urls (workspace_id);
create index on media_urls (expires_at);
alter table media_urls enable row level security;
create policy tenant on media_urls using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace()
    and exists (select from media m where m.id = media_urls.media_id));
grant select, insert, update, delete on media_urls to greenroom_app;

-- Whose media an address serves: TikTok knows no workspace.
create function find_media_url(hash bytea)
  returns table (media_url_id uuid, workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as $$ select u.id, u.workspace_id from media_urls u where u.token_hash = hash $$;
revoke execute on function find_media_url from public;
grant execute on function find_media_url to greenroom_app;

-- Files by which TikTok proves that a domain or URL prefix is ours.
create table domain_proofs (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  file_name text not null unique check (file_name ~ '^[A-Za-z0-9_-]{1,96}\\.txt$'),
  content text not null check (length(content) <= 4096),
  created_at timestamptz not null default app_now()
);
create index on domain_proofs (workspace_id);
alter table domain_proofs enable row level security;
create policy tenant on domain_proofs using (workspace_id = current_workspace())
  with check (workspace_id = current_workspace());
grant select, insert, update, delete on domain_proofs to greenroom_app;
-- Addresses that have been of no use for long.
create function delete_old_media_urls(older_than interval, most int) returns int
  language sql security definer set search_path = pg_catalog, public, pg_temp
  as $$ with gone as (
          delete from media_urls where id in (
            select u.id from media_urls u where u.expires_at < app_now() - older_than limit most)
          returning 1)
        select count(*)::int from gone $$;
revoke execute on function delete_old_media_urls from public;
grant execute on function delete_old_media_urls to greenroom_app;

create function find_domain_proof(name text)
  returns table (domain_proof_id uuid, workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as $$ select p.id, p.workspace_id from domain_proofs p where p.file_name = name $$;
revoke execute on function find_domain_proof from public;
grant execute on function find_domain_proof to greenroom_app;
`,
};
