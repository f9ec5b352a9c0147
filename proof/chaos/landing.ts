import type { Installation } from './installation.ts';
import type { Window } from './plan.ts';

/** Where a kill landed, by what the database and TikTok say of the attempts of the one who died. */
export type Landing =
  | 'before init'
  | 'init'
  | 'between answer and commit'
  | 'transfer'
  | 'last chunk'
  | 'nothing under way'
  | 'the process that answers';

/** The worst place first: a kill counts as where it hurts most. */
export const LANDINGS: readonly Landing[] = [
  'between answer and commit',
  'last chunk',
  'init',
  'transfer',
  'before init',
  'nothing under way',
  'the process that answers',
];

/** Those that the proof is about. */
export const CRITICAL: readonly Landing[] = ['between answer and commit', 'last chunk', 'init'];

/** An attempt that a process works on. */
interface WorkedOn {
  readonly executor_id: string;
  readonly account_id: string;
  readonly publish_ids: readonly string[];
  readonly username: string;
  readonly is_sent: boolean;
  readonly is_answered: boolean;
  readonly is_fenced: boolean;
  readonly source: string;
}

/** A process whose attempt is in the window right now, if there is one. */
export async function findTarget(
  installation: Installation,
  window: Window,
  postIds: readonly string[],
): Promise<string | undefined> {
  for (const attempt of await listWork(installation, postIds)) {
    if (await isIn(installation, window, attempt)) return attempt.executor_id;
  }
  return undefined;
}

/** Where the worst of these processes was: asked after their death, and before anybody goes on. */
export async function findLanding(
  installation: Installation,
  executorIds: readonly string[],
  postIds: readonly string[],
): Promise<Landing> {
  const work = await listWork(installation, postIds);
  const own = work.filter((attempt) => executorIds.includes(attempt.executor_id));
  const places = new Set(await Promise.all(own.map((one) => placeOf(installation, one))));
  return LANDINGS.find((landing) => places.has(landing)) ?? 'nothing under way';
}

async function isIn(
  installation: Installation,
  window: Window,
  attempt: WorkedOn,
): Promise<boolean> {
  if (window === 'anywhere') return true;
  if (window === 'transfer') return attempt.is_answered;
  return (await placeOf(installation, attempt)) === PLACES[window];
}

const PLACES = {
  init: 'init',
  answer: 'between answer and commit',
  'last chunk': 'last chunk',
} as const satisfies Partial<Record<Window, Landing>>;

async function placeOf(installation: Installation, attempt: WorkedOn): Promise<Landing> {
  if (attempt.is_answered) {
    return attempt.is_fenced && attempt.source === 'FILE_UPLOAD' ? 'last chunk' : 'transfer';
  }
  if (!attempt.is_sent) return 'before init';
  return (await hasStranger(installation, attempt)) ? 'between answer and commit' : 'init';
}

/** Whether TikTok has accepted an init of the account whose `publish_id` no row of ours knows. */
async function hasStranger(
  { tiktok }: Installation,
  { publish_ids, username }: WorkedOn,
): Promise<boolean> {
  const { posts } = await tiktok.control.listPosts();
  return posts.some((post) => post.username === username && !publish_ids.includes(post.publish_id));
}

async function listWork(
  installation: Installation,
  postIds: readonly string[],
): Promise<WorkedOn[]> {
  return installation.query<WorkedOn & Record<string, unknown>>(WORK, [postIds]);
}

const WORK = `
select w.executor_id, a.account_id, c.username, a.source,
  a.init_sent_at is not null as is_sent, a.init_answered_at is not null as is_answered,
  a.fence_at is not null as is_fenced,
  array(select o.publish_id from attempts o where o.account_id = a.account_id and o.publish_id is not null) as publish_ids
from attempts a
join accounts c on c.id = a.account_id
join dbos.workflow_status w on split_part(w.workflow_uuid, ':', 1) = a.id::text and w.status = 'PENDING'
where a.state = 'open' and a.post_id = any($1::uuid[])`;
