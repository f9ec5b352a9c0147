import type { Site } from '../support/site.ts';
import { until } from '../support/until.ts';

/** How long a burst of posts may take by the machine's clock. */
const BURST_MS = 240_000;

/**
 * Lets time pass until no post waits any more: always to the next moment that the queue itself waits for, TikTok's
 * clock and ours together. No forecast is looked at.
 */
export async function driveToTheEnd(site: Site, say: (words: string) => void): Promise<void> {
  for (;;) {
    await untilQuiet(site);
    const { rows } = await site.owner.query<{ seconds: number | null; posts: number }>(NEXT);
    const [next] = rows;
    if (next === undefined || next.seconds === null) return;
    say(`${next.posts} posts wait, the next for ${Math.round(next.seconds)} s`);
    // A hair more, so that the moment has come for every process.
    await advance(site, next.seconds + 0.05);
  }
}

/** Moves TikTok's clock and that of all processes. */
export async function advance(site: Site, seconds: number): Promise<void> {
  if (seconds <= 0) return;
  await site.tiktok.control.moveClock({ advance_seconds: seconds });
  const moved = await fetch(`${site.url}/_test/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advance_seconds: seconds }),
  });
  if (!moved.ok) throw new Error(`The clock was not moved: ${await moved.text()}`);
}

/** Waits until everything that may go has gone. */
async function untilQuiet(site: Site): Promise<void> {
  await until(
    async () => {
      const { rows } = await site.owner.query<{ busy: number }>(BUSY);
      return rows[0]?.busy === 0 ? true : undefined;
    },
    { what: 'every post that may go has gone', timeoutMs: BURST_MS, everyMs: 100 },
  );
}

const BUSY = `
select count(*)::int as busy from posts
where state = 'publishing' or state = 'processing'
  or state = 'queued' and (not_before is null or not_before <= app_now())
  or state = 'scheduled' and publish_at <= app_now()`;

const NEXT = `
select extract(epoch from min(coalesce(not_before, publish_at)) - app_now())::float8 as seconds,
  count(*)::int as posts
from posts where state in ('queued', 'scheduled')`;
