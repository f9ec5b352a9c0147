import { ProblemError } from '../http/problem-error.ts';
import { describeReason, type ReasonCode } from './reasons.ts';
import type { RuleProblem } from './rules/problems.ts';
import type { StateDetails } from './tables.ts';

/** Where scheduling brings a post. */
export type Verdict =
  | { readonly state: 'scheduled'; readonly reason: 'scheduled'; readonly details: StateDetails }
  | { readonly state: 'held'; readonly reason: ReasonCode; readonly details: StateDetails };

/**
 * Decides what becomes of a post that is to be scheduled. What is invalid is refused, and nothing is stored. What
 * only lacks choices or consent is held when a program asks, and refused when a person does: a posting screen must
 * not let it be sent.
 *
 * @throws {ProblemError} `post-invalid`.
 */
export function judgeSchedule(problems: readonly RuleProblem[], isPerson: boolean): Verdict {
  const refused = problems.filter(
    ({ kind }) => kind === 'invalid' || (kind === 'missing' && isPerson),
  );
  if (refused.length > 0) throw invalidPost(refused);
  return heldBy(problems) ?? { state: 'scheduled', reason: 'scheduled', details: {} };
}

/** Why a post must be held, if anything keeps it from going out: the first thing, and the codes of all. */
export function heldBy(
  problems: readonly RuleProblem[],
): Extract<Verdict, { state: 'held' }> | undefined {
  const found = problems.filter(({ kind }) => kind !== 'advice');
  const [first] = found;
  if (first === undefined) return undefined;
  const codes = [...new Set(found.map(({ code }) => code))];
  return { state: 'held', reason: first.code, details: { ...first.details, problems: codes } };
}

/** What is wrong with a post, field by field. */
export function invalidPost(problems: readonly RuleProblem[]): ProblemError {
  const errors = problems.map(({ code, pointer, details }) => {
    const { words, remedy } = describeReason(code, details);
    return { in: 'body' as const, pointer, detail: remedy === null ? words : `${words} ${remedy}` };
  });
  const [first] = errors;
  const detail =
    errors.length === 1 && first !== undefined
      ? first.detail
      : `${errors.length} things are wrong.`;
  return new ProblemError('post-invalid', detail, { errors });
}
