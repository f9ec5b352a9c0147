import { setTimeout as sleep } from 'node:timers/promises';
import { GreenroomError } from '@greenroom/contract';
import { EmulatorControlError } from '@greenroom/emulator';
import { consentTo } from '../support/make-post.ts';
import type { SiteAccount } from '../support/site.ts';
import { TooLate, until } from '../support/until.ts';
import type { Arena } from './arena.ts';
import { type Flow, schedulePost } from './flows.ts';
import type { DeathOrder } from './orders.ts';
import { readTruth, type Truth } from './truth.ts';

/** A place, a moment, and which time that a process comes there. */
type Death = Omit<DeathOrder, 'claimFile'>;

/** Where the first process dies, and where the one after it, if that dies too. */
export interface Deaths {
  readonly first: Death;
  readonly second?: Death;
}

/** What came of a post whose process was killed, or of one whose was not. */
export interface CaseResult {
  readonly postId: string;
  readonly account: SiteAccount;
  /** What came after each kill that landed. */
  readonly aftermaths: readonly Aftermath[];
  /** Whether all that were ordered landed. */
  readonly isObeyed: boolean;
  /** Where the post was at the end; `late` when it was not at its end in time. */
  readonly state: string;
  readonly reason: string | null;
  /** Whether a person had to say what became of it. */
  readonly isAsked: boolean;
  readonly truth: Truth;
  /** Places that processes came to. */
  readonly reached: readonly string[];
}

/**
 * What came after a kill: how many milliseconds later a process was first seen to work on the post, or why none was. A
 * post that has not changed until the end of its case and is at its end then was there when the kill was noticed.
 */
export type Aftermath = number | 'was at its end' | 'killed again' | 'nobody came';

/** Two starts of a process and a person fit in, on a machine that does other things, too. */
const END_MS = 150_000;
const ENDS = /^(published|in_inbox|failed|held|canceled)$/;
/** The post is at TikTok: a person of the flow has nothing to mend, because the kill took the fault along. */
const IS_THERE = /^(published|in_inbox)$/;

/** Publishes a post, kills where it is ordered, and waits until the post is at its end. */
export async function runCase(
  arena: Arena,
  flow: Flow,
  deaths: Deaths | undefined,
): Promise<CaseResult> {
  const { site } = arena;
  await arena.muster();
  const account = await arena.nextAccount();
  await site.setEvents(flow.hasEvents);
  const before = await readTruth(site, account, 0);
  const postId = await schedulePost(site, arena.shelf, flow, account);
  if (flow.fault !== undefined) await site.tiktok.control.addFault(flow.fault);
  if (flow.person === 'cancels') arena.host.hold();
  const first = deaths && arena.makeOrder(deaths.first);
  const second = deaths?.second && arena.makeOrder(deaths.second);
  const orders = [first, second].filter((order) => order !== undefined);
  await arena.order(first ?? null);
  // Its moment comes when everybody has the order.
  await site.owner.query('update posts set publish_at = app_now() where id = $1', [postId]);
  const isOver = new AbortController();
  const [aftermaths, end] = await Promise.all([
    followKills(arena, postId, orders, isOver.signal),
    waitForEnd({ arena, flow, postId, account, after: before.lastId }).finally(() =>
      isOver.abort(),
    ),
  ]);
  arena.host.letThrough();
  const reached = await arena.order(null);
  await clearFaults(arena);
  // What was refused for it is remembered.
  if (flow.fault !== undefined) arena.retireAccount();
  const obeyed = await Promise.all(orders.map((order) => arena.wasObeyed(order)));
  return {
    postId,
    account,
    aftermaths,
    isObeyed: obeyed.every(Boolean),
    ...end,
    truth: await readTruth(site, account, before.lastId),
    reached: [...reached].sort(),
  };
}

/** A kill after which nobody was seen to work on the post yet. */
interface Watch {
  readonly killedAt: number;
  /** When it was noticed. */
  readonly before: Traces;
}

/** Replaces whoever dies, and measures how long nobody worked on the post; until the post is at its end. */
async function followKills(
  arena: Arena,
  postId: string,
  orders: readonly DeathOrder[],
  isOver: AbortSignal,
): Promise<readonly Aftermath[]> {
  const aftermaths: Aftermath[] = [];
  let count = 0;
  let watch: Watch | undefined;
  for (let isLast = false; !isLast; ) {
    // Once more after the end: it came with a change, which may not have been seen yet.
    isLast = isOver.aborted;
    const death = isLast ? undefined : arena.takeDeath();
    if (death !== undefined) {
      if (watch !== undefined) aftermaths.push('killed again');
      count += 1;
      const next = orders[count] ?? null;
      watch = { killedAt: death.at, before: await readTraces(arena, postId) };
      await arena.order(next);
      arena.replace(death.process, next);
    } else if (watch !== undefined) {
      const isSeen = (await readTraces(arena, postId)).all !== watch.before.all;
      if (isSeen) {
        aftermaths.push(Math.round(performance.now() - watch.killedAt));
        watch = undefined;
      }
    }
    if (!isLast) await sleep(20);
  }
  if (watch === undefined) return aftermaths;
  return [...aftermaths, ENDS.test(watch.before.state) ? 'was at its end' : 'nobody came'];
}

/** What is to be seen of the work on a post. */
interface Traces {
  readonly state: string;
  /** Changes whenever a process does anything about the post. */
  readonly all: string;
}

async function readTraces({ site }: Arena, postId: string): Promise<Traces> {
  const { rows } = await site.owner.query<Traces>(
    `select p.state, concat_ws(' ', p.xmin, p.state, (select string_agg(a.xmin::text, ',' order by a.number) from attempts a
       where a.post_id = p.id), (select max(e.id) from events e where e.post_id = p.id)) as all
     from posts p where p.id = $1`,
    [postId],
  );
  return rows[0] ?? { state: 'gone', all: '' };
}

interface End {
  readonly state: string;
  readonly reason: string | null;
  readonly isAsked: boolean;
}

/** A post that is waited for. */
interface Awaited {
  readonly arena: Arena;
  readonly flow: Flow;
  readonly postId: string;
  readonly account: SiteAccount;
  /** Cursor of TikTok's ledger before it. */
  readonly after: number;
}

/** What of a post says where it is. */
interface PostRow {
  readonly state: string;
  readonly state_reason: string | null;
  readonly not_before: Date | null;
  readonly publish_id: string | null;
  readonly attempts: number;
}

/** Waits for the end of a post; does what a person has to, and lets the time pass that it waits for. */
async function waitForEnd(post: Awaited): Promise<End> {
  const { flow } = post;
  let isAsked = false;
  let hasActed = flow.person === undefined;
  const look = async () => {
    const row = await readPost(post);
    if (row.not_before !== null && row.state === 'queued') {
      await post.arena.site.moveClocksTo(row.not_before).catch(() => undefined);
    }
    if (row.state === 'unknown' && !isAsked) {
      isAsked = true;
      await answerAsPerson(post);
      // It is too late to cancel what a person has said of.
      if (flow.person === 'cancels') hasActed = true;
    }
    if (!hasActed && !IS_THERE.test(row.state)) {
      hasActed = await act(post, row);
      return undefined;
    }
    return ENDS.test(row.state) ? row : undefined;
  };
  try {
    const end = await until(look, { what: 'the post is at its end', timeoutMs: END_MS });
    return { state: end.state, reason: end.state_reason, isAsked };
  } catch (error) {
    if (!(error instanceof TooLate)) throw error;
    const { state, state_reason: reason } = await readPost(post);
    return { state: `late: ${state}`, reason, isAsked };
  }
}

async function readPost({ arena, postId }: Pick<Awaited, 'arena' | 'postId'>): Promise<PostRow> {
  const { rows } = await arena.site.owner.query<PostRow>(
    'select state, state_reason, not_before, publish_id, attempts from posts where id = $1',
    [postId],
  );
  return rows[0] ?? GONE;
}

const GONE: PostRow = {
  state: 'gone',
  state_reason: null,
  not_before: null,
  publish_id: null,
  attempts: 0,
};

/** Does what the flow has a person do, if it is time; tells whether it was done. */
async function act({ arena, flow, postId }: Awaited, row: PostRow): Promise<boolean> {
  const { api } = arena.site;
  const consent = consentTo(flow.mode);
  const isTime = {
    'schedules again': row.state === 'held',
    retries: row.state === 'failed',
    cancels: row.publish_id !== null,
  };
  if (flow.person === undefined || !isTime[flow.person]) return false;
  const acts = {
    'schedules again': () =>
      api.schedulePost({ id: postId, publish_at: null, check_creator: false, ...consent }),
    retries: () => api.retryPost({ id: postId, ...consent }),
    cancels: () =>
      api.cancelPost({ id: postId }).catch((error: unknown) => {
        // Whoever was there to answer may be dead: then the person tries again.
        if (!(error instanceof GreenroomError && error.code === 'post-state')) throw error;
        arena.host.letThrough();
      }),
  };
  return acts[flow.person]().then(
    () => true,
    () => false,
  );
}

/** Looks at the creator's account, as Greenroom asks a person to, and says what is there. */
async function answerAsPerson({ arena, postId, account, after }: Awaited): Promise<void> {
  const { site } = arena;
  arena.host.letThrough();
  await arena.untilAnswering();
  const { attempts } = await readPost({ arena, postId });
  await site.tiktok.control.waitIdle().catch(ignoreWhatIsDueLater);
  // TikTok may tell by itself meanwhile; a person is slower.
  await sleep(3000);
  const { completed } = await readTruth(site, account, after);
  const outcome = completed > 0 ? 'posted' : 'send_again';
  const answer = () =>
    site.api.resolvePost({ id: postId, outcome, attempts }).then(
      () => true,
      (error: unknown) => {
        // TikTok was faster, or the person was heard the first time.
        if (error instanceof GreenroomError && WAS_FASTER.test(error.code)) return true;
        // Whoever was there to answer may be dead: then the person tries again.
        return undefined;
      },
    );
  await until(answer, { what: 'the person is heard', timeoutMs: END_MS });
}

const WAS_FASTER = /^(post-state|version-mismatch)$/;

/** An event that met a dead process is told again minutes later: nobody looks at an account for that long. */
function ignoreWhatIsDueLater(error: unknown): void {
  if (!(error instanceof EmulatorControlError && error.status === 409)) throw error;
}

async function clearFaults({ site }: Arena): Promise<void> {
  const { faults } = await site.tiktok.control.listFaults();
  for (const { id } of faults) await site.tiktok.control.deleteFault(id);
}
