import type { Migration } from './migration.ts';

/**
 * The ledger of TikTok's limits. Its keys are hashes of (app, open_id), so that it can be shared by all workspaces
 * without telling one of another.
 */
export const limits: Migration = {
  number: 13,
  name: 'limits',
  sql: `
-- The moments of the calls in the window that ends now.
create table rate_windows (
  -- Hash of (app, open_id), or of the app, where TikTok counts by app.
  subject bytea not null,
  endpoint text not null,
  taken timestamptz[] not null default '{}',
  primary key (subject, endpoint)
) with (fillfactor = 50);
grant select, insert, update, delete on rate_windows to greenroom_app;

-- This very moment, where app_now() is the one at which the transaction began: who waited for a lock has to count
-- from when it was given.
create function app_clock() returns timestamptz language plpgsql volatile as $$ begin
  return date_trunc('milliseconds', clock_timestamp() + (select clock_offset from public.installation));
end $$;
grant execute on function app_clock() to greenroom_app;

-- The calls that a window still holds, oldest first. A clock that was set back must make none of the future, which
-- would never end.
create function calls_within(taken timestamptz[], present timestamptz, length interval)
  returns timestamptz[] language sql immutable parallel safe
  as $$ select coalesce(array_agg(least(t, present) order by t), '{}') from unnest(taken) t
        where t > present - length $$;
grant execute on function calls_within(timestamptz[], timestamptz, interval) to greenroom_app;

-- Takes a place in a window: taken_at says when, and names the place. Without one, free_at says when there is one, and
-- free_in_ms the same for a process whose clock differs.
create function take_slot(whose bytea, which text, most int, length interval,
    out taken_at timestamptz, out free_at timestamptz, out free_in_ms double precision)
  language plpgsql volatile as $$
declare
  was timestamptz[];
  held timestamptz[];
  present timestamptz;
begin
  loop
    select w.taken into was from rate_windows w
      where w.subject = whose and w.endpoint = which for update;
    exit when found;
    insert into rate_windows (subject, endpoint) values (whose, which) on conflict do nothing;
  end loop;
  present := app_clock();
  held := calls_within(was, present, length);
  if cardinality(held) >= most then
    free_at := held[cardinality(held) - most + 1] + length;
    free_in_ms := extract(epoch from free_at - present) * 1000;
    -- Else calls of the future would become calls of each present moment, and the window never free.
    if present < any (was) then
      update rate_windows w set taken = held where w.subject = whose and w.endpoint = which;
    end if;
    return;
  end if;
  taken_at := present;
  update rate_windows w set taken = held || present where w.subject = whose and w.endpoint = which;
end $$;
grant execute on function take_slot(bytea, text, int, interval) to greenroom_app;

-- Counts a call from now on, because it is still under way: TikTok may receive it as late as this.
create function move_slot(whose bytea, which text, was timestamptz) returns timestamptz
  language plpgsql volatile as $$
declare
  held timestamptz[];
  place int;
  present timestamptz;
begin
  select w.taken into held from rate_windows w
    where w.subject = whose and w.endpoint = which for update;
  present := app_clock();
  if held is null then
    return present;
  end if;
  place := coalesce(array_position(held, was), cardinality(held) + 1);
  held[place] := present;
  update rate_windows w set taken = held where w.subject = whose and w.endpoint = which;
  return present;
end $$;
grant execute on function move_slot(bytea, text, timestamptz) to greenroom_app;

-- Places taken under the caps of a day, one row an attempt: a direct post of the creator's, who is then also one of the
-- app's users, or a pending share.
create table cap_uses (
  attempt_id uuid primary key,
  cap text not null check (cap in ('posts', 'pending_shares')),
  creator bytea not null,
  app bytea not null,
  taken_at timestamptz not null
);
create index on cap_uses (creator, cap, taken_at);
create index on cap_uses (app, taken_at, creator) where cap = 'posts';
create index on cap_uses (taken_at);
grant select, insert, update, delete on cap_uses to greenroom_app;

-- What TikTok's refusals taught, of a creator or (users) of an app.
create table learned_caps (
  subject bytea not null,
  cap text not null check (cap in ('posts', 'pending_shares', 'users')),
  -- Places that there were when TikTok refused one more; null: it refused while we knew of none.
  most int check (most > 0),
  -- No place before this, whatever is counted.
  not_before timestamptz not null,
  -- Until when it holds: other apps may have taken places that day, so one refusal is no rule for ever.
  holds_until timestamptz not null,
  refusals int not null default 1,
  learned_at timestamptz not null,
  primary key (subject, cap)
);
grant select, insert, update, delete on learned_caps to greenroom_app;

-- Reads what the caps on one more post of a creator are judged by, while nobody else does: no two attempts take the
-- last place. The app is locked only for a creator who would be a new user of it that day.
create function hold_caps(attempt uuid, which text, whose bytea, through bytea, app_id uuid, length interval,
    out is_taken boolean, out present timestamptz, out uses timestamptz[], out users timestamptz[],
    out is_audited boolean, out daily_users int)
  language plpgsql volatile as $$ begin
  perform pg_advisory_xact_lock(hashtextextended(encode(whose, 'hex'), 0));
  select t.is_audited, t.daily_users into is_audited, daily_users from tiktok_apps t where t.id = app_id;
  present := app_clock();
  is_taken := exists (select from cap_uses c where c.attempt_id = attempt);
  uses := array(select c.taken_at from cap_uses c where c.creator = whose and c.cap = which
    and c.taken_at > present - length order by c.taken_at);
  if which <> 'posts' or exists (select from cap_uses c where c.creator = whose and c.app = through
      and c.cap = 'posts' and c.taken_at > present - length) then
    return;
  end if;
  if daily_users is null and is_audited is distinct from false
      and not exists (select from learned_caps l where l.subject = through and l.cap = 'users') then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended(encode(through, 'hex'), 0));
  users := array(select max(c.taken_at) from cap_uses c where c.app = through and c.cap = 'posts'
    and c.taken_at > present - length group by c.creator order by 1);
end $$;
grant execute on function hold_caps(uuid, text, bytea, bytea, uuid, interval) to greenroom_app;

-- Circuit breakers that are not closed, or have failures: 'tiktok', or an account's id.
create table circuits (
  subject text primary key,
  state text not null check (state in ('closed', 'open', 'half_open')),
  -- In a row, without a success between them.
  failures int not null default 0,
  -- Accounts of these failures, as many as the rule looks at.
  accounts uuid[] not null default '{}',
  -- Times that it was opened, without a success between them.
  openings int not null default 0,
  -- When one call may try; of a half-open one, when the next may, if the first never ends.
  retry_at timestamptz,
  last_error text,
  changed_at timestamptz not null
);
grant select, insert, update, delete on circuits to greenroom_app;

alter table tiktok_apps
  -- Null: not known. Unaudited apps post for five users a day, to private accounts, as SELF_ONLY.
  add column is_audited boolean,
  -- Users that TikTok granted to an audited app in a day; null: not known.
  add column daily_users int check (daily_users > 0);
`,
};
