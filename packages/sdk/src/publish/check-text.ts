import { hasLoneSurrogate } from './caption.ts';
import { type PostProblem, problemIf } from './problems.ts';

/** Checks a title or description as TikTok counts it. */
export function checkText(field: string, text: string | undefined, limit: number): PostProblem[] {
  if (text === undefined) return [];
  return [
    ...problemIf(
      text.length > limit,
      field,
      `The ${field} has ${text.length} UTF-16 code units, more than ${limit}. Shorten it with truncateCaption.`,
    ),
    ...problemIf(
      hasLoneSurrogate(text),
      field,
      `The ${field} was cut within a character: it has half of a surrogate pair.`,
    ),
  ];
}
