import type { TikTokClient } from '../client.ts';
import { TikTokError, TikTokNetworkError } from '../errors.ts';
import type { PostStatus } from '../posts.ts';
import { type KnownPost, type PublishResult, toResult, type UnfinishedPost } from './result.ts';

/** How long and how a post is followed. */
export interface FollowOptions {
  /**
   * How long TikTok is asked, in milliseconds; 300,000 (five minutes) by default, and once with 0.
   * What is not done then is `processing`, which is no failure. TikTok gives no guarantee: half a minute is usual,
   * moderation may take hours.
   */
  readonly followTimeoutMs?: number | undefined;
  /**
   * Whether a published post is followed until its public id is known too. False by default: the
   * id comes after TikTok's moderation, and never for a post that is not public.
   */
  readonly waitForPublicId?: boolean | undefined;
  /** Ends the wait; the post goes on. Rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link followPost}. */
export interface FollowPostOptions extends FollowOptions {
  /** Hears of every answer. */
  readonly onStatus?: ((status: PostStatus) => void) | undefined;
  /** The creator's handle, for the address of the post. */
  readonly username?: string | undefined;
  /** What the post was made for, if known; tells a private post from one that is not public yet. */
  readonly privacyLevel?: string | undefined;
  /** Whether it is a video or photos, for the address of the post; a video by default. */
  readonly mediaType?: 'video' | 'photo' | undefined;
}

const DEFAULT_FOLLOW_MS = 300_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
const GROWTH = 1.5;
const LAST_ANSWER_MS = 5_000;

/**
 * Asks TikTok for the status of a post until it is posted, in the inbox, or failed, or until the
 * time is over. Asks at once, then after short waits that grow to 15 s, well within 30 a minute.
 *
 * A look that fails for the moment (429, 5xx, network) is made again until the time is over; what
 * has happened to the post does not depend on it.
 *
 * @param client - Of the account that the post belongs to.
 * @param publishId - As init answered it, or as a {@link PublishResult} holds it.
 * @returns How the post stands; `processing` when the time was over.
 * @throws {TikTokError} If asking again cannot help, as when the creator has removed the access.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status}
 * @example
 * ```ts
 * import { followPost, TikTokClient } from '@greenroom/sdk';
 *
 * const client = new TikTokClient({ accessToken: 'act.example' });
 * const result = await followPost(client, 'v_pub_file~v2-1.7000000000000000001', {
 *   followTimeoutMs: 60_000,
 * });
 * if (result.status === 'processing') console.log('not done yet; look again later');
 * ```
 */
export async function followPost(
  client: TikTokClient,
  publishId: string,
  options: FollowPostOptions = {},
): Promise<PublishResult> {
  const { signal, followTimeoutMs: limitMs = DEFAULT_FOLLOW_MS } = options;
  // The last look is made at the very end of the time: it gets a moment for its answer.
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), Math.min(limitMs + LAST_ANSWER_MS, 2 ** 31 - 1));
  const stop = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  try {
    return await poll(client, { mediaType: 'video', ...options, publishId }, limitMs, stop);
  } finally {
    clearTimeout(timer);
  }
}

type Followed = FollowPostOptions & KnownPost;

async function poll(
  client: TikTokClient,
  post: Followed,
  limitMs: number,
  stop: AbortSignal,
): Promise<PublishResult> {
  const { sleep, random, clock } = client.settings;
  const startMs = clock().getTime();
  let sleptMs = 0;
  let best: PublishResult = unfinished(post.publishId);
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * GROWTH, LONGEST_DELAY_MS)) {
    best = await look(client, post, best, stop);
    // Counted by the clock and by what was slept: the time ends with a clock that stands still too.
    const leftMs = limitMs - Math.max(sleptMs, clock().getTime() - startMs);
    if (isEnd(best, post) || leftMs <= 0) return best;
    const waitMs = Math.min(leftMs, delayMs * (0.8 + 0.4 * random()));
    await sleep(waitMs, post.signal);
    sleptMs += waitMs;
  }
}

/** Asks once. What fails for the moment leaves things as they were. */
async function look(
  client: TikTokClient,
  post: Followed,
  before: PublishResult,
  stop: AbortSignal,
): Promise<PublishResult> {
  try {
    const status = await client.fetchStatus(post.publishId, { signal: stop });
    post.onStatus?.(status);
    return toResult(post, status) ?? unfinished(post.publishId, status.status);
  } catch (error) {
    post.signal?.throwIfAborted();
    if (stop.aborted) return before;
    if (!(error instanceof TikTokError)) throw error;
    // A network that brings something else than TikTok's answer may recover.
    if (!error.isRetryable && !(error instanceof TikTokNetworkError)) throw error;
    return before.status === 'processing' ? { ...before, lastError: error } : before;
  }
}

function isEnd(result: PublishResult, { waitForPublicId }: FollowOptions): boolean {
  if (result.status === 'published' && result.visibility === 'pending') return !waitForPublicId;
  return result.status !== 'processing';
}

function unfinished(publishId: string, lastStatus?: string): UnfinishedPost {
  return { status: 'processing', publishId, lastStatus, lastError: undefined };
}
