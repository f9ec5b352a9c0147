import { setTimeout as sleep } from 'node:timers/promises';
import { TooLate, until } from '../support/until.ts';
import { addFaults, clearFaults } from './faults.ts';
import type { Installation } from './installation.ts';
import { countThere, judge, type Verdict } from './judge.ts';
import type { Plan } from './plan.ts';
import { type MadePost, makePosts } from './stories.ts';
import { type Struck, strike } from './strike.ts';

/** What came of a plan. */
export interface PlanResult extends Struck {
  readonly plan: Plan;
  /** Rules by which TikTok did something wrong, or slowly. */
  readonly faults: number;
  readonly verdicts: readonly Verdict[];
  /** Posts of which a person had to say what became of them. */
  readonly asked: number;
  readonly seconds: number;
}

const END_MS = 120_000;
/** A person looks later than TikTok tells by itself. */
const PERSON_AFTER_MS = 3_000;

/** Plays one plan: makes its posts, strikes, waits until every post is at its end, and asks TikTok what is there. */
export async function runPlan(
  installation: Installation,
  plan: Plan,
  serial: () => number,
): Promise<PlanResult> {
  const startedAt = performance.now();
  await installation.muster();
  const posts = await makePosts(installation, plan, serial);
  const postIds = posts.map(({ id }) => id);
  const faults = await addFaults(installation.tiktok.control, plan);
  const struck = await strike(installation, plan, postIds);
  await clearFaults(installation.tiktok.control);
  const asked = await waitForEnds(installation, posts);
  await installation.tiktok.control.waitIdle();
  return {
    ...struck,
    plan,
    faults,
    asked,
    verdicts: await judge(installation, posts),
    seconds: (performance.now() - startedAt) / 1000,
  };
}

interface Standing {
  readonly id: string;
  readonly state: string;
  /** Seconds until something is done about it; null: something is being done, or nothing is planned. */
  readonly in_seconds: number | null;
}

/** Waits for the posts, moves the clocks to what they wait for, and is the person where only one can tell. */
async function waitForEnds(
  installation: Installation,
  posts: readonly MadePost[],
): Promise<number> {
  const unknownSince = new Map<string, number>();
  const answered = new Set<string>();
  const look = async () => {
    const open = await listOpen(installation, posts);
    if (open.length === 0) return true;
    for (const { id, state } of open) {
      if (state !== 'unknown') unknownSince.delete(id);
      else if (!unknownSince.has(id)) unknownSince.set(id, performance.now());
      const since = unknownSince.get(id);
      if (since === undefined || performance.now() - since < PERSON_AFTER_MS) continue;
      unknownSince.delete(id);
      answered.add(id);
      await answerAsPerson(installation, posts, id);
    }
    await skipWaits(installation, open);
    return undefined;
  };
  try {
    await until(look, { what: 'all posts are at their ends', timeoutMs: END_MS, everyMs: 150 });
  } catch (error) {
    // The judge says which they are.
    if (!(error instanceof TooLate)) throw error;
  }
  return answered.size;
}

/** When everybody waits for a moment that is far away, it comes now. */
async function skipWaits(installation: Installation, open: readonly Standing[]): Promise<void> {
  const moments = open.flatMap(({ in_seconds: seconds }) => (seconds === null ? [] : [seconds]));
  const isWaiting = moments.length === open.length && moments.length > 0;
  const nearest = Math.min(...moments);
  if (isWaiting && nearest > 1) await installation.moveClocks(Math.ceil(nearest));
}

async function listOpen(
  installation: Installation,
  posts: readonly MadePost[],
): Promise<Standing[]> {
  return installation.query<Standing & Record<string, unknown>>(OPEN, [posts.map(({ id }) => id)]);
}

const OPEN = `
select p.id, p.state, extract(epoch from case p.state
    when 'scheduled' then p.publish_at when 'queued' then p.not_before
    when 'publishing' then (select a.resume_at from attempts a where a.id = p.attempt_id)
    else p.next_poll_at end - app_now())::float8 as in_seconds
from posts p
where p.id = any($1::uuid[]) and p.state not in ('published', 'in_inbox', 'failed', 'held', 'canceled')`;

/** Looks at the creator's account, as Greenroom asks a person to, and says what is there. */
async function answerAsPerson(
  installation: Installation,
  posts: readonly MadePost[],
  id: string,
): Promise<void> {
  const { api, tiktok } = installation;
  const seen = await api.getPost({ id }).catch(() => undefined);
  if (seen === undefined) return;
  await tiktok.control.waitIdle();
  await sleep(500);
  const post = posts.find((one) => one.id === id);
  if (post === undefined) return;
  const isThere = countThere((await tiktok.control.listPosts()).posts, post) > 0;
  // It may have been settled by itself meanwhile.
  const outcome = isThere ? 'posted' : 'send_again';
  await api.resolvePost({ id, outcome, attempts: seen.attempts }).catch(() => undefined);
}
