import type pg from 'pg';
import type { ActivityAction } from '../activity/actions.ts';
import type { Header } from './format.ts';

/** What must not be restored as it was. */
interface Correction {
  /** Left out where the backup has no such table. */
  readonly table: string;
  readonly sql: string;
}

const CORRECTIONS: readonly Correction[] = [
  {
    // Whoever held the lease is gone, and the number may be another process's by now. And the tokens may have been
    // renewed since: when TikTok refuses these, nobody may say that the creator removed the app.
    table: 'public.account_tokens',
    sql: `update public.account_tokens
      set lease_owner = null, lease_taken_at = null, is_unclear = true`,
  },
  {
    // Whoever wrote it is gone, and the number may be another process's by now.
    table: 'public.media',
    sql: 'update public.media set writer = null, writer_wanted = false',
  },
  {
    // Begun in a browser session that is not restored; and a state used since would look unused.
    table: 'public.connections',
    sql: 'delete from public.connections where used_at is null',
  },
  {
    // What was on its way on another day may have gone out since: nothing of it may be sent by a machine. Its
    // workflows are not restored, no attempt is open any more, and nothing is left for TikTok to fetch.
    table: 'public.attempts',
    sql: `update public.media_urls u set revoked_at = public.app_now() from public.attempts a
      where a.id = u.attempt_id and a.state = 'open' and u.revoked_at is null;
      update public.attempts set state = 'ended', outcome = 'restored', ended_at = public.app_now(),
        upload_sealed = null, resume_at = null
      where state = 'open';
      with waiting as (
        select id, state, case when state = 'publishing' then 'unknown' else 'held' end as next
        from public.posts
        where state in ('queued', 'publishing')
          or state = 'scheduled' and coalesce(publish_at, '-infinity') <= public.app_now()
      ), moved as (
        update public.posts p set state = waiting.next, state_reason = 'restored', state_details = '{}',
          state_changed_at = public.app_now(), phase = null, not_before = null, wait_reason = null,
          next_poll_at = null
        from waiting where p.id = waiting.id
        returning p.id, p.workspace_id, p.account_id, waiting.state as former, waiting.next
      )
      insert into public.events (workspace_id, type, post_id, account_id, details)
      select workspace_id, 'post.state_changed', id, account_id,
        jsonb_build_object('from', former, 'to', next, 'reason', 'restored') from moved`,
  },
  {
    // Numbers of transactions begin anew: what is restored comes before all that follows, in the order that it had.
    // An endpoint has its deliveries up to where it stood; those that are made again are there already.
    table: 'public.webhook_endpoints',
    sql: `update public.webhook_endpoints w set position_xid = '0', position_id = coalesce(
      (select min(e.id) - 1 from public.events e where e.workspace_id = w.workspace_id
        and (e.xid, e.id) > (w.position_xid, w.position_id)),
      (select max(e.id) from public.events e), 0)`,
  },
  {
    table: 'public.event_followers',
    sql: `update public.event_followers f set xid = '0', event_id = coalesce(
      (select min(e.id) - 1 from public.events e where e.workspace_id = f.workspace_id
        and (e.xid, e.id) > (f.xid, f.event_id)),
      (select max(e.id) from public.events e), 0)`,
  },
  {
    // After the two above, which compare by it.
    table: 'public.events',
    sql: `update public.events set xid = '0'`,
  },
  {
    // Whoever listened before this transaction has seen what is not here, or not seen what is.
    table: 'public.event_horizons',
    sql: `insert into public.event_horizons (workspace_id, xid)
      select id, pg_current_xact_id() from public.workspaces
      on conflict (workspace_id) do update set xid = excluded.xid, event_id = 0`,
  },
  {
    // Rows of months that were not there went into the default partition: each to its own.
    table: 'public.activity',
    sql: 'select public.prepare_activity_months()',
  },
];

/** Puts right what the rows of another day say of this one, in the transaction that loaded them. */
export async function correctRestored(client: pg.Client, { tables }: Header): Promise<void> {
  const isThere = (table: string) => tables.some(({ name }) => name === table);
  for (const { table, sql } of CORRECTIONS) if (isThere(table)) await client.query(sql);
}

/** Writes the restore into the audit log, in the same transaction. */
export async function recordRestore(
  client: pg.Client,
  header: Header,
  sha256: string,
): Promise<void> {
  if (!header.tables.some(({ name }) => name === 'public.activity')) return;
  const action: ActivityAction = 'backup.restored';
  await client.query(
    `insert into public.activity (actor_kind, actor_id, action, reason, details)
      values ('system', 'greenroom restore', $1, 'restored by command',
        jsonb_build_object('made_at', $2::text, 'header_sha256', $3::text))`,
    [action, header.created_at, sha256],
  );
}
