import { PHOTO_DESCRIPTION_LIMIT, PHOTO_TITLE_LIMIT, VIDEO_TITLE_LIMIT } from '@greenroom/sdk';
import type { PostToCheck } from './post-content.ts';
import type { Note } from './problems.ts';

/** Checks title and description as TikTok counts them, in UTF-16 code units. Point 10 of its audit checklist. */
export function checkTexts({ post }: PostToCheck, note: Note): void {
  const { media_type: type, title, description } = post;
  const limit = type === 'VIDEO' ? VIDEO_TITLE_LIMIT : PHOTO_TITLE_LIMIT;
  if (title.length > limit) {
    note('invalid', 'title_too_long', '/title', { length: title.length, limit });
  }
  if (!title.isWellFormed()) note('invalid', 'text_cut', '/title');
  checkDescription(type, description, note);
}

function checkDescription(type: 'VIDEO' | 'PHOTO', description: string, note: Note): void {
  const pointer = '/description';
  if (!description.isWellFormed()) note('invalid', 'text_cut', pointer);
  if (type === 'VIDEO') {
    if (description !== '') note('invalid', 'description_of_video', pointer);
    return;
  }
  const { length } = description;
  const limit = PHOTO_DESCRIPTION_LIMIT;
  if (length > limit) note('invalid', 'description_too_long', pointer, { length, limit });
}
