import type { Transaction } from '../../db/database.ts';
import { preparedQuery } from '../../db/transaction.ts';
import { recordEvents } from '../../events/record-event.ts';
import { mostOf, WINDOW_MS } from '../limits/rate-window.ts';
import { initEndpointOf } from './init-endpoint.ts';

/** Why a queued post does not go, and until when. */
export interface Wait {
  readonly reason: string;
  readonly until: Date;
}

/** The kind of posts that wait for the same thing: TikTok counts by account and endpoint. */
export interface Line {
  readonly account_id: string;
  readonly media_type: 'VIDEO' | 'PHOTO';
  readonly post_mode: 'DIRECT_POST' | 'MEDIA_UPLOAD';
}

/**
 * Lets the account's queued posts of one kind wait: as many as a window takes until then, and those behind them window
 * by window longer, so that the sweep does not look at all of them for each one that goes, and no slot stays unused.
 */
export async function waitInLine(tx: Transaction, line: Line, wait: Wait): Promise<void> {
  const { account_id: accountId, media_type: mediaType, post_mode: postMode } = line;
  const inits = mostOf(initEndpointOf(line));
  const values = [
    accountId,
    mediaType,
    postMode,
    wait.until,
    wait.reason,
    AT_ONCE,
    inits,
    WINDOW_MS / 1000,
  ];
  const query = preparedQuery<{ id: string; not_before: Date; is_new: boolean }>(
    'wait_in_line',
    WAIT,
    values,
  );
  const { rows } = await tx.executeQuery(query);
  await recordEvents(
    tx,
    rows
      .filter((row) => row.is_new)
      .map((row) => ({
        type: 'post.waits' as const,
        postId: row.id,
        accountId,
        details: { reason: wait.reason, until: row.not_before.toISOString() },
      })),
  );
}

/** Who is behind them is looked at again when they have gone. */
const AT_ONCE = 100;

const WAIT = `
with line as (
  select id, wait_reason as former from posts
  where account_id = $1 and media_type = $2 and post_mode = $3 and state = 'queued'
    and (not_before is null or not_before < $4)
  order by queued_at, id limit $6 for update skip locked
), places as (
  select id, former, row_number() over () - 1 as place from line
)
update posts p set wait_reason = $5, updated_at = app_now(),
  not_before = $4::timestamptz + make_interval(secs => $8 * (places.place / $7))
from places where p.id = places.id
returning p.id, p.not_before, places.former is distinct from $5 as is_new`;
