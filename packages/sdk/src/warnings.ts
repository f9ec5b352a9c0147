/**
 * Something a client was given works only because the SDK put it right.
 *
 * The project's seed documents, and tutorials like them, spell some things otherwise than TikTok
 * does. The SDK takes those forms, sends TikTok's own, and says so through
 * {@link TikTokClientOptions.onWarning}, so that the caller can be mended.
 *
 * @example
 * ```ts
 * import { TikTokClient } from '@greenroom/sdk';
 *
 * const client = new TikTokClient({
 *   accessToken: 'act.example',
 *   onWarning: (warning) => console.warn(warning.message),
 * });
 * ```
 */
export interface SeedFormWarning {
  /** Tells this warning from others that may come. */
  readonly kind: 'seed_form';
  /** Number of the row in section 13 of the project's wire reference. */
  readonly row: number;
  /** Where it stood, such as `post_info.privacy_level`. */
  readonly field: string;
  /** What was given: a value, or the name of a field. */
  readonly seedForm: string;
  /** What TikTok wants instead, and what was sent. */
  readonly officialForm: string;
  /** The same in a sentence. */
  readonly message: string;
}

/** Takes the warnings of a client. */
export type OnWarning = (warning: SeedFormWarning) => void;
