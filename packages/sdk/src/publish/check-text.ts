import { hasLoneSurrogate } from './caption.ts';
import type { NoteProblem } from './problems.ts';

/** Checks a title or description as TikTok counts it. */
export function checkText(field: string, limit: number, text = '', note: NoteProblem): void {
  note(
    text.length > limit,
    field,
    `The ${field} has ${text.length} UTF-16 code units, more than ${limit}. Shorten it with truncateCaption.`,
  );
  note(hasLoneSurrogate(text), field, `The ${field} was cut within a character.`);
}
