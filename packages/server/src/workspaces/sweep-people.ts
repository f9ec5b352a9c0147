import { sql } from 'kysely';
import type { Database } from '../db/database.ts';

/** What a sweep took away. */
export interface PeopleSweep {
  readonly sessions: number;
  readonly attempts: number;
}

/** Deletes sessions that have ended and counts of attempts that are over. They are refused without it, too. */
export async function sweepPeople(database: Database): Promise<PeopleSweep> {
  const { rows } = await sql<PeopleSweep>`
    with ended as (delete from identity.sessions where expires_at <= app_now() returning 1),
      over as (delete from identity.sign_in_attempts where ends_at <= app_now() returning 1)
    select (select count(*) from ended)::int as sessions, (select count(*) from over)::int as attempts`.execute(
    database.kysely,
  );
  const [sweep] = rows;
  if (sweep === undefined) throw new Error('A select without from answers one row');
  return sweep;
}
