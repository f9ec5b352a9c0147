import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Database, openDatabase } from '../../packages/server/dist/db/database.js';
import { startThrowAwayEngine } from '../../packages/server/dist/db/engine/throw-away-engine.js';
import { migrate } from '../../packages/server/dist/db/migrate.js';

/** A database in which so many posts wait, over the next year, of a thousand accounts in twenty workspaces. */
export interface Waiting {
  readonly database: Database;
  /** Lets the moment of so many posts have come. */
  makeDue(count: number): Promise<void>;
  /** Gives posts moments from two seconds on, one after the other, and at the end many at once. */
  spread(marker: string, plan: Spread): Promise<void>;
  /** Waits until all of these posts are queued; gives how late each was, in seconds, in order. */
  latenesses(marker: string): Promise<number[]>;
  close(): Promise<void>;
}

/** When posts become due. */
interface Spread {
  readonly count: number;
  readonly everyMs: number;
  readonly burst: number;
}

/** Starts a database that does not wait for the disk, and fills it. */
export async function openWaiting(posts: number): Promise<Waiting> {
  const engine = await startThrowAwayEngine();
  await migrate(engine.url);
  const owner = new pg.Client({ connectionString: engine.url });
  await owner.connect();
  await fill(owner, posts);
  const database = await openDatabase({ url: engine.url });
  return {
    database,
    makeDue: async (count) => {
      await owner.query(PUT_BACK);
      await owner.query(MAKE_DUE, [pivot(), count]);
    },
    spread: async (marker, { burst, count, everyMs }) => {
      await owner.query(SPREAD, [pivot(), count + burst, marker, count, everyMs]);
    },
    latenesses: (marker) => waitForAll(owner, marker),
    close: async () => {
      await database.close();
      await owner.end();
      await engine.stop();
    },
  };
}

async function fill(owner: pg.Client, posts: number): Promise<void> {
  for (const statement of FILL) await owner.query(statement);
  await owner.query(FILL_POSTS, [posts]);
  await owner.query('vacuum analyze');
}

async function waitForAll(owner: pg.Client, marker: string): Promise<number[]> {
  for (;;) {
    const { rows } = await owner.query<{ late: number | null }>(LATENESSES, [marker]);
    const late = rows.flatMap((row) => row.late ?? []);
    if (late.length === rows.length) return late;
    await sleep(500);
  }
}

/** An id of the first half, so that enough others follow it. */
function pivot(): string {
  return `${Math.floor(Math.random() * 8)}${randomUUID().slice(1)}`;
}

const FILL = [
  `insert into workspaces (id, name) select gen_random_uuid(), 'Bench ' || n from generate_series(1, 20) n`,
  `insert into tiktok_apps (name, client_key) values ('Bench', 'bench')`,
  `insert into accounts (workspace_id, app_id, open_id, scopes, scopes_asked, state)
   select w.id, a.id, w.id || '-' || n, '{video.publish}', '{video.publish}', 'connected'
   from workspaces w, tiktok_apps a, generate_series(1, 50) n`,
];

// As posts are: a caption, choices, consent, a hash. Each at a moment of its own.
const FILL_POSTS = `
insert into posts (id, workspace_id, account_id, state, state_reason, media_type, post_mode, title,
  privacy_level, disable_comment, disable_duet, disable_stitch, brand_organic_toggle, brand_content_toggle,
  consent, publish_at, content_hash, created_by_kind, created_by_id, created_at)
select gen_random_uuid(), a.workspace_id, a.id, 'scheduled', 'scheduled', 'VIDEO', 'DIRECT_POST',
  'A caption of the usual length, with #some #tags and a @mention, number ' || n,
  'PUBLIC_TO_EVERYONE', false, true, true, false, false,
  '{"by": "person:ada", "at": "2026-11-21T16:00:00.000Z", "declaration": "By posting, you agree to TikTok''s Music Usage Confirmation"}',
  app_now() + interval '1 day' + random() * interval '300 days', sha256(n::text::bytea), 'person', 'ada',
  app_now() - random() * interval '30 days'
from generate_series(1, $1) n
join (select workspace_id, id, row_number() over () - 1 as place from accounts) a on a.place = n % 1000`;

// From a random id on: their rows and index entries are wherever chance put them.
const SOME = `select id from posts where state = 'scheduled' and publish_at > app_now() + interval '1 hour'
  and id >= $1 order by id limit $2`;

const MAKE_DUE = `
update posts set publish_at = app_now() - random() * interval '1 second' where id in (${SOME})`;

// What was queued waits again, so that as many wait in each round.
const PUT_BACK = `
update posts set state = 'scheduled', publish_at = app_now() + interval '1 day' + random() * interval '300 days'
where state = 'queued'`;

const SPREAD = `
update posts set import_id = $3, publish_at = app_now() + interval '2 seconds'
  + make_interval(secs => least(chosen.place, $4) * $5 / 1000.0)
from (select id, row_number() over () as place from (${SOME}) picked) chosen
where posts.id = chosen.id`;

const LATENESSES = `
select extract(epoch from state_changed_at - publish_at)::float8
  * case when state = 'scheduled' then null else 1 end as late
from posts where import_id = $1 order by 1`;
