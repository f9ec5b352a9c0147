import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@greenroom/contract';
import type { CliContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { progressBar } from './byte-words.ts';
import type { Post, PostState } from './post-types.ts';
import { reasonWords } from './post-words.ts';

// Each look is one small request; TikTok itself is asked by the server, not by this.
const LOOK_EVERY_MS = 1000;
// A key has requests for a minute, which many posts must not use up.
const PAUSE_FOR_EACH_MS = 250;

/** States in which nothing goes on until somebody does something. `in_inbox` is the creator’s move. */
const SETTLED: ReadonlySet<PostState> = new Set<PostState>([
  'draft',
  'held',
  'in_inbox',
  'published',
  'unknown',
  'failed',
  'canceled',
]);

/** Whether a post is where it was to go. */
export function isDone({ state }: Post): boolean {
  return state === 'published' || state === 'in_inbox';
}

/**
 * Watches posts together until nothing goes on by itself, saying each change. What the server does goes on without it.
 *
 * @returns The posts, in the order of the ids.
 * @throws {CommandError} If the watching was ended, saying how to look again.
 */
export async function followPosts(
  context: CliContext,
  api: Client,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Post[]> {
  const label = ids.length === 1 ? `Post ${ids[0]}` : `${ids.length} posts`;
  const progress = context.output.progress(label);
  const say = (post: Post): void => progress.end(`Post ${post.id}: ${reasonWords(post)}`);
  const seen = new Map<string, Post>();
  try {
    for (;;) {
      const isThere = await lookAtAll(api, { ids, seen, say, signal });
      const goingOn = ids.filter((id) => !isSettled(seen.get(id)));
      if (goingOn.length === 0) return ids.flatMap((id) => seen.get(id) ?? []);
      progress.update(isThere ? toProgress([...seen.values()]) : 'Greenroom does not answer');
      const pauseMs = Math.max(LOOK_EVERY_MS, goingOn.length * PAUSE_FOR_EACH_MS);
      await sleep(pauseMs, undefined, { signal });
    }
  } catch (error) {
    progress.end();
    if (!signal.aborted) throw error;
    throw new CommandError('Interrupted. Greenroom goes on with it.', {
      remedy: `Look again with "greenroom posts watch ${ids.join(' ')}".`,
      cause: error,
    });
  }
}

/** What is watched. */
interface Watched {
  readonly ids: readonly string[];
  /** The posts as they were when they were last looked at. */
  readonly seen: Map<string, Post>;
  /** Told of each post whose state is another than it was. */
  readonly say: (post: Post) => void;
  readonly signal: AbortSignal;
}

/** Looks at each post that goes on until the server does not answer, and gives whether it did. */
async function lookAtAll(api: Client, { ids, say, seen, signal }: Watched): Promise<boolean> {
  for (const id of ids) {
    const before = seen.get(id);
    if (isSettled(before)) continue;
    const post = await look(api, id, signal);
    if (post === undefined) return false;
    if (before === undefined || reasonWords(post) !== reasonWords(before)) say(post);
    seen.set(id, post);
  }
  return true;
}

function isSettled(post: Post | undefined): boolean {
  return post !== undefined && SETTLED.has(post.state);
}

/** Reads the post; undefined while the server is away, which is looked for again. */
async function look(api: Client, id: string, signal: AbortSignal): Promise<Post | undefined> {
  try {
    return await api.getPost({ id }, { signal });
  } catch (error) {
    const isAway = error instanceof Error && 'isRetryable' in error && error.isRetryable === true;
    if (isAway) return undefined;
    throw error;
  }
}

/** Of one post how much was sent; of several how many are in which state. */
function toProgress(posts: readonly Post[]): string {
  const [post] = posts;
  if (post !== undefined && posts.length === 1) return toShare(post);
  const states = [...new Set(posts.map(({ state }) => state))];
  return states
    .map((state) => `${posts.filter((one) => one.state === state).length} ${state}`)
    .join(', ');
}

function toShare({ bytes_confirmed, bytes_total, phase, state }: Post): string {
  return phase === 'transfer' && bytes_total !== null
    ? progressBar(bytes_confirmed, bytes_total)
    : state;
}
