/**
 * The most a video's caption (`title`) may hold, in UTF-16 code units.
 *
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-direct-post}
 */
export const VIDEO_TITLE_LIMIT = 2200;

/**
 * The most a photo post's `title` may hold, in UTF-16 code units.
 *
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-photo-post}
 */
export const PHOTO_TITLE_LIMIT = 90;

/**
 * The most a photo post's `description` may hold, in UTF-16 code units.
 *
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-photo-post}
 */
export const PHOTO_DESCRIPTION_LIMIT = 4000;

/**
 * Counts a caption as TikTok does: in UTF-16 code units, which its documentation calls "UTF-16
 * runes". An emoji outside the basic plane counts 2, and one that is joined of several counts more.
 *
 * @example
 * ```ts
 * import { captionLength } from '@greenroom/sdk';
 *
 * captionLength('first light 🌅'); // 14
 * ```
 */
export function captionLength(caption: string): number {
  return caption.length;
}

/**
 * Shortens a caption to at most `limit` UTF-16 code units without breaking a character.
 *
 * A surrogate pair is never cut. Where the runtime has `Intl.Segmenter`, neither is what a reader
 * sees as one character, such as a family emoji or a letter with its accent, unless that alone is
 * longer than the limit. A caption that fits comes back as it is.
 *
 * @param caption - The text to shorten.
 * @param limit - The most UTF-16 code units to keep; see {@link VIDEO_TITLE_LIMIT},
 *   {@link PHOTO_TITLE_LIMIT} and {@link PHOTO_DESCRIPTION_LIMIT}.
 * @param ending - Put at the end of a shortened caption, and counted with it; nothing by default.
 *   Left out where it does not fit.
 * @throws {RangeError} If `limit` is not an integer of at least 0.
 * @example
 * ```ts
 * import { truncateCaption, VIDEO_TITLE_LIMIT } from '@greenroom/sdk';
 *
 * truncateCaption('a very long caption'.repeat(200), VIDEO_TITLE_LIMIT, '…');
 * ```
 */
export function truncateCaption(caption: string, limit: number, ending = ''): string {
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw new RangeError('limit must be an integer of at least 0');
  }
  if (caption.length <= limit) return caption;
  if (ending.length > limit) return cutBetweenCharacters(caption, limit);
  return cutBetweenCharacters(caption, limit - ending.length) + ending;
}

/** Whether a caption holds half of a surrogate pair, which no reader of UTF-8 can show. */
export function hasLoneSurrogate(caption: string): boolean {
  return /\p{Surrogate}/u.test(caption);
}

function cutBetweenCharacters(text: string, limit: number): string {
  // A code point beyond 16 bits that begins at the last unit has its other half after it.
  const end = (text.codePointAt(limit - 1) ?? 0) > 0xffff ? limit - 1 : limit;
  const segmenter = Intl.Segmenter && new Intl.Segmenter();
  // Zero when the very first character is longer than the limit: then only the pairs are kept whole.
  return text.slice(0, segmenter?.segment(text).containing(end)?.index || end);
}
