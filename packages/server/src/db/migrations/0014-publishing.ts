import type { Migration } from './migration.ts';

/** What the sweeps of publishing may see of all workspaces: ids. */
export const publishing: Migration = {
  number: 14,
  name: 'publishing',
  sql: `
alter table attempts
  -- The run that the attempt obeys: a token of its own for each, so that one that was taken for dead writes nothing.
  add column runner uuid,
  add column runs int not null default 0,
  -- Open, and to be gone on with then: its upload met something that passes.
  add column resume_at timestamptz;
create index on attempts (resume_at) where state = 'open' and resume_at is not null;
create index on attempts (id) where state = 'open';

create function due_posts(most int)
  returns table (post_id uuid, workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as $$ select p.id, p.workspace_id from posts p
        where p.state = 'scheduled' and p.publish_at <= app_now()
        order by p.publish_at limit most $$;
revoke execute on function due_posts from public;
grant execute on function due_posts to greenroom_app;

-- Accounts that have a post which may go now, and none under way; and whether they stood in line with others for a place
-- under a cap of the app.
create function startable_accounts(most int)
  returns table (account_id uuid, workspace_id uuid, is_in_line boolean)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as $$ select p.account_id, (array_agg(p.workspace_id))[1],
          bool_or(p.wait_reason is not distinct from 'cap_users')
        from posts p
        where p.state = 'queued' and (p.not_before is null or p.not_before <= app_now())
          and not exists (select from posts b where b.account_id = p.account_id and b.state = 'publishing')
        group by p.account_id order by min(p.queued_at) limit most $$;
revoke execute on function startable_accounts from public;
grant execute on function startable_accounts to greenroom_app;

-- Attempts whose upload rested long enough.
create function attempts_to_resume(most int)
  returns table (attempt_id uuid, workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as $$ select a.id, a.workspace_id from attempts a
        where a.state = 'open' and a.resume_at <= app_now() order by a.resume_at limit most $$;
revoke execute on function attempts_to_resume from public;
grant execute on function attempts_to_resume to greenroom_app;

-- Attempts that have been open for a while: somebody should be at work on each. By their ids, a page at a time.
create function open_attempts(after uuid, most int)
  returns table (attempt_id uuid, workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as $$ select a.id, a.workspace_id from attempts a
        where a.state = 'open' and a.id > after and a.resume_at is null
          and a.created_at < app_now() - interval '1 minute'
        order by a.id limit most $$;
revoke execute on function open_attempts from public;
grant execute on function open_attempts to greenroom_app;

-- Takes posts that TikTok is to be asked about, and puts their next turn off: one process asks at a
-- time, and what a killed one leaves comes again.
create function claim_polls(most int)
  returns table (post_id uuid, workspace_id uuid, account_id uuid, attempt_id uuid, publish_id text)
  language sql volatile security definer set search_path = pg_catalog, public, pg_temp
  as $$ with due as (
          select id from posts where next_poll_at <= app_now()
          order by next_poll_at limit most for update skip locked)
        -- Whoever dies with a claim must not keep it for long: another process goes on within ten seconds.
        update posts p set next_poll_at = app_now() + interval '8 seconds'
        from due where p.id = due.id
        returning p.id, p.workspace_id, p.account_id, p.attempt_id, p.publish_id $$;
revoke execute on function claim_polls from public;
grant execute on function claim_polls to greenroom_app;

-- Takes back what a clock that was ahead has left: moments further away than any rule puts them. Whoever waits for one
-- would wait for as long as the clock was ahead; who is looked at too early only waits anew.
create function forget_the_future() returns void
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp
  as $$ begin
    -- The longest pause between two polls is 6 hours.
    update posts set next_poll_at = app_now() where next_poll_at > app_now() + interval '7 hours';
    -- A cap is free after a day; a window, a circuit and a new attempt within 20 minutes.
    update posts set not_before = app_now() where state = 'queued' and not_before > app_now() +
      case when wait_reason like 'cap\\_%' then interval '25 hours' else interval '30 minutes' end;
    update attempts set resume_at = app_now()
      where state = 'open' and resume_at > app_now() + interval '30 minutes';
    -- What happened has not happened in the future.
    update cap_uses set taken_at = app_now() where taken_at > app_now() + interval '2 minutes';
    delete from learned_caps where learned_at > app_now() + interval '2 minutes';
    delete from circuits where changed_at > app_now() + interval '2 minutes';
  end $$;
revoke execute on function forget_the_future from public;
grant execute on function forget_the_future to greenroom_app;
`,
};
