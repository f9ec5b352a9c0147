import { hasLoneSurrogate } from './caption.ts';
import { type PostProblem, problemIf } from './problems.ts';

/** Checks a title or description as TikTok counts it. */
export function checkText(field: string, text: unknown, limit: number): PostProblem[] {
  if (text === undefined) return [];
  if (typeof text !== 'string') return [{ field, message: `The ${field} must be a string.` }];
  return [
    ...problemIf(
      text.length > limit,
      field,
      `The ${field} has ${text.length} UTF-16 code units (most emoji count 2); TikTok takes at most ${limit}. Shorten it, for example with truncateCaption.`,
    ),
    ...problemIf(
      hasLoneSurrogate(text),
      field,
      `The ${field} holds half of an emoji (a lone surrogate), as is left where a text was cut within a character. Cut it elsewhere.`,
    ),
  ];
}
