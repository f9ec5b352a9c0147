import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@greenroom/contract';
import type { CliContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { progressBar } from './byte-words.ts';
import type { Post, PostState } from './post-types.ts';
import { reasonWords } from './post-words.ts';

// Each look is one small request; TikTok itself is asked by the server, not by this.
const LOOK_EVERY_MS = 1000;

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
 * Watches a post until nothing goes on by itself, saying each change. What the server does goes on without it.
 *
 * @throws {CommandError} If the watching was ended, saying how to look again.
 */
export async function followPost(
  context: CliContext,
  api: Client,
  id: string,
  signal: AbortSignal,
): Promise<Post> {
  const progress = context.output.progress(`Post ${id}`);
  let said = '';
  try {
    for (;;) {
      const post = await look(api, id, signal);
      const words = post === undefined ? said : reasonWords(post);
      if (words !== said) progress.end(`Post ${id}: ${words}`);
      said = words;
      if (post !== undefined && SETTLED.has(post.state)) return post;
      progress.update(post === undefined ? 'Greenroom does not answer' : toProgress(post));
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  } catch (error) {
    progress.end();
    if (!signal.aborted) throw error;
    throw new CommandError('Interrupted. Greenroom goes on with it.', {
      remedy: `Look again with "greenroom posts watch ${id}".`,
      cause: error,
    });
  }
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

function toProgress({ bytes_confirmed, bytes_total, phase, state }: Post): string {
  return phase === 'transfer' && bytes_total !== null
    ? progressBar(bytes_confirmed, bytes_total)
    : state;
}
