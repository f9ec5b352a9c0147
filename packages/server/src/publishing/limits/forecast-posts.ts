import type { Transaction } from '../../db/database.ts';
import { ProblemError } from '../../http/problem-error.ts';
import { initEndpointOf } from '../attempt/init-endpoint.ts';
import { creatorCap } from './caps.ts';
import { forecast, HORIZON_MS } from './forecast.ts';
import {
  type AccountRow,
  type PlannedRow,
  readNow,
  selectAccounts,
  selectPlanned,
  selectPosts,
} from './forecast-queries.ts';
import type { ForecastAnswer, ForecastPost } from './forecast-state.ts';
import { toWords } from './forecast-words.ts';
import { findCappedApps, readForecastState } from './read-forecast-state.ts';

/** A post that is only thought of. */
export interface ThoughtPost {
  readonly account_id: string;
  readonly media_type: 'VIDEO' | 'PHOTO';
  readonly post_mode: 'DIRECT_POST' | 'MEDIA_UPLOAD';
  /** `null`: at once. */
  readonly publish_at: Date | null;
}

/** When a post can go out, as the contract's `ForecastEntry` has it. */
export interface ForecastEntry {
  readonly post_id: string | null;
  readonly account_id: string;
  readonly wanted_at: string;
  readonly goes_out_at: string | null;
  readonly reasons: { code: string; words: string; until: string | null }[];
}

/**
 * Says when posts of the workspace can go out, and why not sooner. All that is queued or scheduled already takes its
 * places first where it is due first. Nothing is stored.
 *
 * @returns The posts that exist first, then those that are only thought of, each in the order in which they were named.
 * @throws {ProblemError} `invalid-request` that names each post or account that the workspace does not have.
 */
export async function forecastPosts(
  tx: Transaction,
  asked: { readonly postIds: readonly string[]; readonly posts: readonly ThoughtPost[] },
): Promise<ForecastEntry[]> {
  const now = await readNow(tx);
  const named = await selectPosts(tx, asked.postIds);
  const accounts = await requireAll(tx, asked, named);
  const rivals = await selectAccounts(tx, { appIds: await findCappedApps(tx, accounts) });
  const all = [...new Map([...accounts, ...rivals].map((row) => [row.id, row])).values()];
  const wanted = [...named, ...asked.posts].map((post) => wantedAt(post, now).getTime());
  const until = new Date(wanted.reduce((one, other) => Math.max(one, other), 0) + HORIZON_MS);
  const planned = await selectPlanned(
    tx,
    all.map(({ id }) => id),
    until,
  );
  const busy = new Set(
    planned.filter(({ state }) => state === 'publishing').map((post) => post.account_id),
  );
  const state = await readForecastState(tx, now, all, busy);
  const answers = forecast(state, toPlan({ named, planned, thought: asked.posts }, now));
  return toEntries(asked, named, answers, now);
}

interface Plan {
  readonly named: readonly PlannedRow[];
  readonly planned: readonly PlannedRow[];
  readonly thought: readonly ThoughtPost[];
}

/** States in which a post goes out, by itself or once a person wants it to. */
const OUTGOING: readonly string[] = ['draft', 'held', 'scheduled', 'queued'];

function toPlan({ named, planned, thought }: Plan, now: Date): ForecastPost[] {
  const rows = [...new Map([...planned, ...named].map((row) => [row.id, row])).values()];
  const existing = rows
    .filter(({ state }) => OUTGOING.includes(state))
    .map((row) => ({
      ...toForecastPost(row, row.id, now),
      wait: row.state === 'queued' ? toWait(row) : undefined,
      turn: (row.queued_at ?? wantedAt(row, now)).getTime(),
    }));
  const news = thought.map((post, index) => ({
    ...toForecastPost(post, toKey(index), now),
    wait: undefined,
    turn: wantedAt(post, now).getTime(),
  }));
  return (
    [...existing, ...news]
      // What becomes due together is begun in the order of the ids, as `startNextAttempt` has it.
      .sort((one, other) => one.turn - other.turn || (one.key < other.key ? -1 : 1))
      .map(({ turn: _turn, ...post }, order) => ({ ...post, order }))
  );
}

function toForecastPost(
  post: ThoughtPost,
  key: string,
  now: Date,
): Omit<ForecastPost, 'order' | 'wait'> {
  return {
    key,
    accountId: post.account_id,
    endpoint: initEndpointOf(post),
    cap: creatorCap(post.post_mode),
    wantedAt: wantedAt(post, now).getTime(),
  };
}

function toWait({ not_before, wait_reason }: PlannedRow): ForecastPost['wait'] {
  return not_before === null
    ? undefined
    : { until: not_before.getTime(), code: wait_reason ?? 'due' };
}

function toEntries(
  asked: { readonly postIds: readonly string[]; readonly posts: readonly ThoughtPost[] },
  named: readonly PlannedRow[],
  answers: ReadonlyMap<string, ForecastAnswer>,
  now: Date,
): ForecastEntry[] {
  const byId = new Map(named.map((row) => [row.id, row]));
  const existing = asked.postIds.flatMap((id) => {
    const row = byId.get(id);
    return row === undefined
      ? []
      : [toEntry(row, row.id, answers.get(id) ?? elsewhere(row, now), now)];
  });
  const thought = asked.posts.map((post, index) => {
    const answer = answers.get(toKey(index));
    if (answer === undefined) throw new Error('A post has no answer');
    return toEntry(post, null, answer, now);
  });
  return [...existing, ...thought];
}

/** A post that is not among those to go: it goes just now, or has gone, or never will. */
function elsewhere({ state }: PlannedRow, now: Date): ForecastAnswer {
  if (state === 'publishing') return { goesOutAt: now.getTime(), reasons: [] };
  return { goesOutAt: undefined, reasons: [{ code: state, until: undefined }] };
}

function toEntry(
  post: ThoughtPost,
  postId: string | null,
  { goesOutAt, reasons }: ForecastAnswer,
  now: Date,
): ForecastEntry {
  return {
    post_id: postId,
    account_id: post.account_id,
    wanted_at: wantedAt(post, now).toISOString(),
    goes_out_at: goesOutAt === undefined ? null : new Date(goesOutAt).toISOString(),
    reasons: reasons.map((reason) => ({
      code: reason.code,
      words: toWords(reason),
      until: reason.until === undefined ? null : new Date(reason.until).toISOString(),
    })),
  };
}

async function requireAll(
  tx: Transaction,
  asked: { readonly postIds: readonly string[]; readonly posts: readonly ThoughtPost[] },
  named: readonly PlannedRow[],
): Promise<AccountRow[]> {
  const ids = new Set([...named, ...asked.posts].map((post) => post.account_id));
  const accounts = await selectAccounts(tx, { ids: [...ids] });
  const posts = new Set(named.map(({ id }) => id));
  const known = new Set(accounts.map(({ id }) => id));
  const errors = [
    ...asked.postIds.flatMap((id, index) =>
      posts.has(id) ? [] : [toError(`/post_ids/${index}`, 'There is no such post.')],
    ),
    ...asked.posts.flatMap(({ account_id }, index) =>
      known.has(account_id)
        ? []
        : [toError(`/posts/${index}/account_id`, 'There is no such account.')],
    ),
  ];
  if (errors.length === 0) return accounts;
  throw new ProblemError('invalid-request', 'The workspace does not have all of these.', {
    errors: errors.slice(0, 100),
  });
}

function toError(pointer: string, detail: string) {
  return { in: 'body', pointer, detail } as const;
}

function wantedAt({ publish_at }: Pick<ThoughtPost, 'publish_at'>, now: Date): Date {
  return publish_at ?? now;
}

function toKey(index: number): string {
  return `thought ${String(index).padStart(6, '0')}`;
}
