import { TikTokApiError, TikTokError } from '../errors.ts';
import type { ChunkPlan } from '../upload/chunk-plan.ts';

/** What may have come of an init whose answer was lost: by whether the media is sent or fetched. */
const ADVICE = {
  upload: 'Nothing can be posted without its upload_url: to publish again is safe.',
  pull: 'TikTok may fetch the media: to publish again could post it twice. Look at the account first.',
} as const;

/**
 * An init was sent, and no clear answer came: a timeout, a cut connection, a 5xx. It is never sent
 * again by the SDK; the explanation says what is safe. Its `cause` says what happened.
 *
 * `isRepeatSafe` is true for an upload, of which nothing can be posted without the lost
 * `upload_url`, and false where TikTok fetches the media.
 */
export class TikTokUnclearInitError extends TikTokError {
  override readonly name: string = 'TikTokUnclearInitError';

  constructor(cause: TikTokError, media: 'upload' | 'pull') {
    const { status, request, logId } = cause;
    const isRepeatSafe = media === 'upload';
    super({
      code: 'init_unclear',
      status,
      request,
      logId,
      isRepeatSafe,
      isRetryable: isRepeatSafe,
      whoseMove: 'person',
      explanation: `No clear answer came to the init. ${ADVICE[media]}`,
      cause,
    });
  }
}

/**
 * Sends an init once.
 *
 * @throws {TikTokUnclearInitError} If it is not clear what came of it.
 */
export async function initOnce<T>(media: 'upload' | 'pull', init: () => Promise<T>): Promise<T> {
  try {
    return await init();
  } catch (error) {
    // A token that could not be had, for one, fails the call before an init is sent.
    const isUnclear =
      error instanceof TikTokError && !error.isRepeatSafe && error.request?.endsWith('/init/');
    throw isUnclear ? new TikTokUnclearInitError(error, media) : error;
  }
}

/**
 * Sends an init with the first plan, and with the next one whenever TikTok clearly refuses the
 * chunk size or count: then nothing was made and no byte has moved. Each takes a rate slot.
 */
export async function initByLadder<T>(
  plans: readonly [ChunkPlan, ...ChunkPlan[]],
  init: (plan: ChunkPlan) => Promise<T>,
): Promise<T> {
  const [plan, next, ...rest] = plans;
  try {
    return await initOnce('upload', () => init(plan));
  } catch (error) {
    if (next === undefined || !isPlanRefused(error)) throw error;
    return initByLadder([next, ...rest], init);
  }
}

function isPlanRefused(error: unknown): boolean {
  return (
    error instanceof TikTokApiError &&
    /^invalid_params?$/.test(error.code) &&
    (error.status ?? 0) < 500 &&
    /chunk.?(size|count)/i.test(error.message)
  );
}
