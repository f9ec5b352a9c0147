import { sql } from 'kysely';
import type { Transaction } from '../db/database.ts';

/** How well something is done, and how well it should be. */
export interface ServiceLevel {
  readonly name: string;
  /** What is measured, in words. */
  readonly words: string;
  /** A share from 0 to 1, or seconds; `null`: nothing to measure. */
  readonly value: number | null;
  readonly objective: number;
  /** Whether the objective is met; `null`: nothing to measure. */
  readonly holds: boolean | null;
  /** What it was measured by. */
  readonly samples: number;
}

/** What is measured, over what time. */
const HOURS = 24;

/** Status calls closer to the fence than this belong to a fresh post. */
const FRESH_SECONDS = 60;

interface Objective {
  readonly name: string;
  readonly words: string;
  readonly objective: number;
  /** Whether the value should be above it, or below. */
  readonly isLeast: boolean;
}

const OBJECTIVES = {
  refresh_success: {
    name: 'refresh_success',
    words: 'Share of token refreshes that worked',
    objective: 0.99,
    isLeast: true,
  },
  upload_completion: {
    name: 'upload_completion',
    words: 'Share of begun uploads that TikTok has whole',
    objective: 0.95,
    isLeast: true,
  },
  api_errors: {
    name: 'api_errors',
    words: 'Share of TikTok’s answers that were failures: none at all, 5xx, or 429',
    objective: 0.01,
    isLeast: false,
  },
  publish_overhead_seconds: {
    name: 'publish_overhead_seconds',
    words: 'Greenroom’s own time on an attempt, without TikTok’s (95th percentile)',
    objective: 2,
    isLeast: false,
  },
  poll_interval_seconds: {
    name: 'poll_interval_seconds',
    words: 'Time between two looks at a fresh post (95th percentile)',
    objective: 5,
    isLeast: false,
  },
} as const satisfies Record<string, Objective>;

/** Measures the last 24 hours of the transaction's workspace in the database: right whatever process did the work. */
export async function measureServiceLevels(tx: Transaction): Promise<ServiceLevel[]> {
  return [
    judge(OBJECTIVES.refresh_success, await measureRefreshes(tx)),
    judge(OBJECTIVES.upload_completion, await measureUploads(tx)),
    judge(OBJECTIVES.api_errors, await measureErrors(tx)),
    judge(OBJECTIVES.publish_overhead_seconds, await measureOverhead(tx)),
    judge(OBJECTIVES.poll_interval_seconds, await measurePolls(tx)),
  ];
}

/** A value and what it was measured by. */
interface Measure {
  readonly value: number | null;
  readonly samples: number;
}

function judge({ isLeast, name, objective, words }: Objective, measure: Measure): ServiceLevel {
  const { samples, value } = measure;
  const holds = value === null ? null : isLeast ? value > objective : value < objective;
  return { name, words, value, objective, holds, samples };
}

async function measureRefreshes(tx: Transaction): Promise<Measure> {
  return one(
    await sql<Measure>`
      select avg((action = 'token.refreshed')::int)::float8 as value, count(*)::int as samples
      from activity
      where workspace_id = current_workspace() and at > ${since()}
        and (action in ('token.refreshed', 'token.refresh_failed')
          or (action = 'account.reconnect_needed' and details ? 'why'))`.execute(tx),
  );
}

/**
 * Whole is what TikTok confirmed to the last byte, or made a post of. Uploads that a person canceled did not fail, and of
 * the last chunk whose answer was lost nobody knows yet.
 */
async function measureUploads(tx: Transaction): Promise<Measure> {
  return one(
    await sql<Measure>`
      with uploads as (
        select case
          when a.bytes_confirmed >= p.bytes_total then 1
          when p.attempt_id = a.id and p.state in ('published', 'in_inbox') then 1
          when p.attempt_id = a.id and p.state in ('processing', 'unknown') then null
          else 0 end as whole
        from attempts a join posts p on p.id = a.post_id
        where a.source = 'FILE_UPLOAD' and a.state = 'ended' and a.init_answered_at is not null
          and a.publish_id is not null and a.outcome <> 'canceled' and a.ended_at > ${since()}
      )
      select avg(whole)::float8 as value, count(whole)::int as samples from uploads`.execute(tx),
  );
}

async function measureErrors(tx: Transaction): Promise<Measure> {
  return one(
    await sql<Measure>`
      select avg((details->>'status' is null or (details->>'status')::int >= 500
        or (details->>'status')::int = 429)::int)::float8 as value, count(*)::int as samples
      from events where ${recent('request.answered')}`.execute(tx),
  );
}

/** From the row of an attempt to its fence, without the time of its calls. Waits for a slot are the limits' doing. */
async function measureOverhead(tx: Transaction): Promise<Measure> {
  return one(
    await sql<Measure>`
      with calls as (
        select attempt_id, sum((details->>'ms')::float8) / 1000 as seconds
        from events where ${recent('request.answered')} and attempt_id is not null
          and details->>'request' <> 'status/fetch'
        group by attempt_id
      ), own as (
        select greatest(0, extract(epoch from a.init_sent_at - a.created_at)
          - coalesce(c.seconds, 0)) as seconds
        from attempts a left join calls c on c.attempt_id = a.id
        where a.fence_at > ${since()} and a.init_sent_at is not null
      )
      select percentile_cont(0.95) within group (order by seconds)::float8 as value,
        count(*)::int as samples from own`.execute(tx),
  );
}

async function measurePolls(tx: Transaction): Promise<Measure> {
  return one(
    await sql<Measure>`
      with polls as (
        select e.at, p.fenced_at,
          lag(e.at, 1, p.fenced_at) over (partition by e.post_id order by e.id) as before
        from events e join posts p on p.id = e.post_id
        where e.type = 'request.answered' and e.workspace_id = current_workspace()
          and e.at > ${since()} and e.details->>'request' = 'status/fetch' and e.at > p.fenced_at
      ), gaps as (
        select extract(epoch from at - before) as seconds from polls
        where at < fenced_at + make_interval(secs => ${FRESH_SECONDS})
      )
      select percentile_cont(0.95) within group (order by seconds)::float8 as value,
        count(*)::int as samples from gaps`.execute(tx),
  );
}

function recent(type: string) {
  return sql<boolean>`workspace_id = current_workspace() and type = ${type} and at > ${since()}`;
}

function since() {
  return sql<Date>`app_now() - make_interval(hours => ${HOURS})`;
}

function one({ rows }: { readonly rows: readonly Measure[] }): Measure {
  return rows[0] ?? { value: null, samples: 0 };
}
