import { sql } from 'kysely';
import type { Transaction } from '../../db/database.ts';
import { selectCircuits } from './circuit-queries.ts';
import { TIKTOK } from './circuits.ts';
import type { CircuitState } from './tables.ts';

/** How many posts of the workspace there are in each state, and since when the oldest one waits for its turn. */
export async function selectBacklog(
  tx: Transaction,
): Promise<{ readonly posts: Record<string, number>; readonly oldestDueAt: Date | undefined }> {
  const { rows } = await sql<{ state: string; posts: number }>`
    select state, count(*)::int as posts from posts
    where state not in ('published', 'failed', 'canceled')
      or state_changed_at > app_now() - interval '24 hours'
    group by state order by state`.execute(tx);
  const due = await sql<{ since: Date | null }>`
    select min(queued_at) as since from posts
    where state = 'queued' and (not_before is null or not_before <= app_now())`.execute(tx);
  const posts = Object.fromEntries(rows.map((row) => [row.state, row.posts]));
  return { posts, oldestDueAt: due.rows[0]?.since ?? undefined };
}

/** A circuit as the contract shows it. */
interface CircuitBody {
  readonly subject: string;
  readonly state: CircuitState;
  readonly failures: number;
  readonly last_error: string | null;
  readonly retry_at: string | null;
  readonly changed_at: string;
}

/** TikTok's circuit, and those of the workspace's accounts that are not closed or have failures. */
export async function listCircuits(tx: Transaction): Promise<CircuitBody[]> {
  const rows = await selectCircuits(tx);
  const own = await findOwn(
    tx,
    rows.map(({ subject }) => subject).filter((subject) => subject !== TIKTOK),
  );
  return rows
    .filter(({ subject }) => subject === TIKTOK || own.has(subject))
    .map((row) => ({
      subject: row.subject,
      state: row.state,
      failures: row.failures,
      last_error: row.last_error,
      retry_at: row.state === 'closed' ? null : (row.retry_at?.toISOString() ?? null),
      changed_at: row.changed_at.toISOString(),
    }));
}

async function findOwn(tx: Transaction, subjects: readonly string[]): Promise<Set<string>> {
  if (subjects.length === 0) return new Set();
  const rows = await tx.selectFrom('accounts').select('id').where('id', 'in', subjects).execute();
  return new Set(rows.map(({ id }) => id));
}
