import { TikTokValidationError } from '../errors.ts';

/** One thing that keeps a post from being sent. */
export interface PostProblem {
  /**
   * Where it is: TikTok's name of the field, such as `title` or `privacy_level`, or the SDK's name
   * of an option, such as `durationSec` or `source`.
   */
  readonly field: string;
  /** What is wrong and what to do about it, in a sentence or two for a person. */
  readonly message: string;
  /** The SDK's code of it where there is one, such as `video_truncated`. */
  readonly code?: string | undefined;
}

/**
 * Refuses a post before anything was sent, naming everything that is wrong with it together.
 *
 * @example
 * ```ts
 * import { publishPhotos, TikTokClient, TikTokInvalidPostError } from '@greenroom/sdk';
 *
 * const client = new TikTokClient({ accessToken: 'act.example' });
 * try {
 *   await publishPhotos(client, {
 *     postInfo: { privacy_level: 'SELF_ONLY' },
 *     photoUrls: ['https://media.example.com/1.png'],
 *   }).result;
 * } catch (error) {
 *   if (!(error instanceof TikTokInvalidPostError)) throw error;
 *   for (const { field, message } of error.problems) console.error(field, message);
 * }
 * ```
 */
export class TikTokInvalidPostError extends TikTokValidationError {
  override readonly name: string = 'TikTokInvalidPostError';
  /** Everything that is wrong, in the order of the fields; at least one. */
  readonly problems: readonly PostProblem[];

  constructor(problems: readonly PostProblem[]) {
    const explanation = problems.map(({ field, message }) => `${field}: ${message}`).join(' ');
    super({ code: 'invalid_post', explanation, whoseMove: 'person' });
    this.problems = problems;
  }
}

/** Notes a problem if there is one. */
export type NoteProblem = (isWrong: boolean, field: string, message: string) => void;
