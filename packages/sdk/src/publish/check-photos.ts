import type { CreatorInfo } from '../creator-info.ts';
import type { PhotoInit } from '../posts.ts';
import { PHOTO_DESCRIPTION_LIMIT, PHOTO_TITLE_LIMIT } from './caption.ts';
import { checkAudience, checkInteractions, type PostChoices } from './check-choices.ts';
import { checkText } from './check-text.ts';
import { checkMediaUrl } from './check-url.ts';
import { type PostProblem, problemIf } from './problems.ts';

interface PhotoText extends PostChoices {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
}

/** Interactions that a photo post may have. */
export const PHOTO_INTERACTIONS = ['comment'] as const;

const MOST_PHOTOS = 35;
// An address need not end in its type, so only those are refused that name a wrong one.
const WRONG_TYPE = /\.(png|gif|heic|heif|avif|bmp|tiff?|svg|pdf|mp4|mov|webm)$/i;

/**
 * Checks what a photo post says, and, for a direct post, what it allows against what its creator
 * may do now. A draft is given without a creator: its choices are made in the TikTok app.
 */
export function checkPhotoPostInfo(
  post: PhotoText,
  creator: CreatorInfo | undefined,
): PostProblem[] {
  return [
    ...checkText('title', post.title, PHOTO_TITLE_LIMIT),
    ...checkText('description', post.description, PHOTO_DESCRIPTION_LIMIT),
    ...checkAudience(post, creator),
    ...checkInteractions(post, creator, PHOTO_INTERACTIONS),
  ];
}

/** Checks the addresses of the photos and which of them is the cover. */
export function checkPhotos(
  { photo_images: urls, photo_cover_index: coverIndex }: PhotoInit['source_info'],
  allowLoopback: boolean,
): PostProblem[] {
  const isCounted = urls.length >= 1 && urls.length <= MOST_PHOTOS;
  return [
    ...problemIf(
      !isCounted,
      'photoUrls',
      `A post has 1 to ${MOST_PHOTOS} photos, not ${urls.length}.`,
    ),
    ...urls.flatMap((url, index) => checkPhoto(`photoUrls[${index}]`, url, allowLoopback)),
    ...problemIf(
      isCounted && urls[coverIndex] === undefined,
      'coverIndex',
      'The cover must be the index of a photo, from 0.',
    ),
  ];
}

function checkPhoto(field: string, url: string, allowLoopback: boolean): PostProblem[] {
  const problems = checkMediaUrl(field, url, allowLoopback);
  const type = problems.length === 0 ? WRONG_TYPE.exec(new URL(url).pathname)?.[1] : undefined;
  return [
    ...problems,
    ...problemIf(
      type !== undefined,
      field,
      `TikTok takes JPEG and WebP photos, not ${type?.toUpperCase()}.`,
    ),
  ];
}
