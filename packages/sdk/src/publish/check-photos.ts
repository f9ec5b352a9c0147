import type { CreatorInfo } from '../creator-info.ts';
import type { PhotoInit } from '../posts.ts';
import { PHOTO_DESCRIPTION_LIMIT, PHOTO_TITLE_LIMIT } from './caption.ts';
import { checkChoices, type Interaction } from './check-choices.ts';
import { checkText } from './check-text.ts';
import { isMediaUrl, NO_MEDIA_URL } from './check-url.ts';
import type { NoteProblem } from './problems.ts';

/** Interactions that a photo post may have. */
export const PHOTO_INTERACTIONS: readonly Interaction[] = ['comment'];

const MOST_PHOTOS = 35;
// An address need not end in its type, so only those are refused that name a wrong one.
const WRONG_TYPE = /\.(png|gif|heic|heif|avif|bmp|tiff?|svg|pdf|mp4|mov|webm)$/i;

/**
 * Checks a photo post; the choices of a direct one against what its creator may do now. A draft is
 * given without a creator: its choices are made in the TikTok app.
 */
export function checkPhotos(
  { post_info: post, source_info: source }: PhotoInit,
  creator: CreatorInfo | undefined,
  allowLoopback: boolean,
  note: NoteProblem,
): void {
  checkText('title', PHOTO_TITLE_LIMIT, post.title, note);
  checkText('description', PHOTO_DESCRIPTION_LIMIT, post.description, note);
  if (creator !== undefined) checkChoices(post, creator, PHOTO_INTERACTIONS, note);
  const { photo_images: urls, photo_cover_index: cover } = source;
  const isCounted = urls.length >= 1 && urls.length <= MOST_PHOTOS;
  note(!isCounted, 'photoUrls', `A post has 1 to ${MOST_PHOTOS} photos, not ${urls.length}.`);
  for (const [index, url] of urls.entries()) {
    const field = `photoUrls[${index}]`;
    const isOpen = isMediaUrl(url, allowLoopback);
    const isWrongType = isOpen && WRONG_TYPE.test(new URL(url).pathname);
    note(!isOpen, field, NO_MEDIA_URL);
    note(isWrongType, field, 'TikTok takes JPEG and WebP photos only.');
  }
  const hasCover = urls[cover] !== undefined;
  note(isCounted && !hasCover, 'coverIndex', 'The cover must be the index of a photo, from 0.');
}
