import { type RawBuilder, sql } from 'kysely';
import type { Transaction } from '../../db/database.ts';
import type { InitEndpoint } from '../attempt/init-endpoint.ts';
import { CAP_WINDOW_MS } from './caps.ts';
import { WINDOW_MS } from './rate-window.ts';
import type { CreatorCap } from './tables.ts';

/** An account, with what is known of its app. */
export interface AccountRow {
  readonly id: string;
  readonly app_id: string;
  readonly open_id: string;
  readonly state: string;
  readonly is_audited: boolean | null;
  readonly daily_users: number | null;
}

/** A post that goes out, or is asked about. */
export interface PlannedRow {
  readonly id: string;
  readonly account_id: string;
  readonly state: string;
  readonly media_type: 'VIDEO' | 'PHOTO';
  readonly post_mode: 'DIRECT_POST' | 'MEDIA_UPLOAD';
  readonly publish_at: Date | null;
  readonly queued_at: Date | null;
  readonly not_before: Date | null;
  readonly wait_reason: string | null;
}

/** The present moment by the database's clock, which all other moments here are of. */
export async function readNow(tx: Transaction): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select app_now() as now`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('The database does not know the time');
  return row.now;
}

/** Reads accounts by their ids, or all of some apps. */
export async function selectAccounts(
  tx: Transaction,
  of: { readonly ids: readonly string[] } | { readonly appIds: readonly string[] },
): Promise<AccountRow[]> {
  const condition =
    'ids' in of ? sql`a.id = any(${[...of.ids]})` : sql`a.app_id = any(${[...of.appIds]})`;
  const { rows } = await sql<AccountRow>`
    select a.id, a.app_id, a.open_id, a.state, t.is_audited, t.daily_users
    from accounts a join tiktok_apps t on t.id = a.app_id where ${condition}`.execute(tx);
  return rows;
}

/** Reads posts by their ids. */
export async function selectPosts(tx: Transaction, ids: readonly string[]): Promise<PlannedRow[]> {
  return select(tx, sql`id = any(${[...ids]})`);
}

/** Reads all posts of accounts that go out by themselves until a moment. */
export async function selectPlanned(
  tx: Transaction,
  accountIds: readonly string[],
  until: Date,
): Promise<PlannedRow[]> {
  return select(
    tx,
    sql`account_id = any(${[...accountIds]}) and (state in ('queued', 'publishing')
      or state = 'scheduled' and publish_at <= ${until})`,
  );
}

async function select(tx: Transaction, condition: RawBuilder<unknown>): Promise<PlannedRow[]> {
  const { rows } = await sql<PlannedRow>`
    select id, account_id, state, media_type, post_mode, publish_at, queued_at, not_before,
      wait_reason
    from posts where ${condition}`.execute(tx);
  return rows;
}

/** Reads the inits that windows of these creators hold. */
export async function selectInits(
  tx: Transaction,
  creators: readonly Buffer[],
): Promise<{ creator: Buffer; endpoint: InitEndpoint; held: Date[] }[]> {
  const { rows } = await sql<{ creator: Buffer; endpoint: InitEndpoint; held: Date[] }>`
    select subject as creator, endpoint,
      calls_within(taken, app_now(), ${`${WINDOW_MS} milliseconds`}::interval) as held
    from rate_windows where subject = any(${[...creators]}) and endpoint like '%init'`.execute(tx);
  return rows;
}

/** Reads the places that creators have taken of the day, oldest first. */
export async function selectCreatorUses(
  tx: Transaction,
  creators: readonly Buffer[],
): Promise<{ creator: Buffer; cap: CreatorCap; uses: Date[] }[]> {
  const { rows } = await sql<{ creator: Buffer; cap: CreatorCap; uses: Date[] }>`
    select creator, cap, array_agg(taken_at order by taken_at) as uses
    from cap_uses where creator = any(${[...creators]}) and taken_at > ${dayAgo}
    group by creator, cap`.execute(tx);
  return rows;
}

/** Reads the last post of the day of each user of these apps, oldest first. */
export async function selectUsers(
  tx: Transaction,
  apps: readonly Buffer[],
): Promise<{ app: Buffer; creator: Buffer; at: Date }[]> {
  const { rows } = await sql<{ app: Buffer; creator: Buffer; at: Date }>`
    select app, creator, max(taken_at) as at from cap_uses
    where app = any(${[...apps]}) and cap = 'posts' and taken_at > ${dayAgo}
    group by app, creator order by max(taken_at)`.execute(tx);
  return rows;
}

/** How long attempts of these accounts took lately, from their begin to the fence: the middle one of the last. */
export async function selectPublishMs(
  tx: Transaction,
  accountIds: readonly string[],
): Promise<number | undefined> {
  const { rows } = await sql<{ ms: number | null }>`
    select (percentile_cont(0.5) within group (order by extract(epoch from took)) * 1000)::float8 as ms
    from (select l.fence_at - l.created_at as took
      from unnest(${accountIds.slice(0, ACCOUNTS_LOOKED_AT)}::uuid[]) one(id),
      lateral (select created_at, fence_at from attempts where account_id = one.id
        order by created_at desc limit 5) l
      where l.fence_at is not null) lately`.execute(tx);
  return rows[0]?.ms ?? undefined;
}

const ACCOUNTS_LOOKED_AT = 50;

const dayAgo = sql`app_now() - ${`${CAP_WINDOW_MS} milliseconds`}::interval`;
