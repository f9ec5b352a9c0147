import { describeReason } from '../../packages/server/src/posts/reasons.ts';
import type { FaultCase } from './case.ts';
import type { FaultResult } from './run-case.ts';

/** What is wrong with what came of a fault; nothing when it is as the table says. */
export interface Verdict {
  readonly duplicates: number;
  readonly lost: number;
  /** In words. */
  readonly wrongs: readonly string[];
}

/** Holds what came of a fault against the table. */
export function judge(test: FaultCase, result: FaultResult): Verdict {
  const { expected, scene } = test;
  const { completed, inits, isWhole, reason, state, waited } = result;
  const [least, most] = expected.inits;
  const isGone = /^(published|in_inbox)$/.test(expected.state);
  const wrongs = [
    result.applied === 0 ? 'the fault was not applied' : '',
    state === expected.state ? '' : `state ${state} (${reason}), not ${expected.state}`,
    expected.reason === undefined || reason === expected.reason
      ? ''
      : `reason ${reason}, not ${expected.reason}`,
    isWaitRight(test, waited) ? '' : `waited for ${waited}, not ${expected.waits ?? null}`,
    inits >= least && inits <= most ? '' : `${inits} inits, not ${least} to ${most}`,
    result.isPersonAsked && expected.isPersonAsked !== true ? 'a person was asked' : '',
    ...wrongWords(test, result),
  ].filter(Boolean);
  const posts = isGone ? 1 : 0;
  return {
    duplicates: Math.max(0, completed - Math.max(posts, scene === 'cancel' ? 1 : 0)),
    lost: isGone && (completed === 0 || !isWhole || state !== expected.state) ? 1 : 0,
    wrongs: completed > posts && posts === 0 ? [...wrongs, 'TikTok has it all the same'] : wrongs,
  };
}

function isWaitRight({ expected: { mayNotWait, waits } }: FaultCase, waited: string | null) {
  return waited === (waits ?? null) || (waited === null && mayNotWait === true);
}

/** A person has to be told what is the matter, what helps, and whose move it is. */
function wrongWords(test: FaultCase, result: FaultResult): string[] {
  const { logId, reason, state, whoseMove, words } = result;
  if (!/^(held|failed)$/.test(state) || reason === null) return [];
  const isNamed = describeReason(reason).words !== '' && words.length > 20;
  return [
    isNamed ? '' : `words “${words}”`,
    /\{\w+\}|undefined|null/.test(words) ? `unfilled words “${words}”` : '',
    whoseMove === '' ? 'nobody’s move' : '',
    isAnsweredByTikTok(test) && logId === null ? 'no log_id' : '',
  ];
}

/** Whether it is an answer of TikTok's that the post ends with; what events tell has no `log_id`. */
function isAnsweredByTikTok({ action, endpoint, expected }: FaultCase): boolean {
  return action.code !== undefined && endpoint !== 'oauth' && expected.reason === action.code;
}
