import type { CreatorAnswer } from '../creator-answer.ts';
import { describeReason } from '../reasons.ts';
import { checkPost } from '../rules/check-post.ts';
import { contentHash } from '../rules/content-hash.ts';
import { requiredDeclaration } from '../rules/declaration.ts';
import type { RuleProblem } from '../rules/problems.ts';
import { heldBy, type Verdict } from '../verdict.ts';
import type { ResolvedRow } from './resolve-row.ts';
import type { RowProblem } from './row-problem.ts';

/** What the rules say of a row. */
export interface JudgedRow extends ResolvedRow {
  /** Undefined: it is refused. */
  readonly verdict: Verdict | undefined;
  /** What a person must have agreed to; null: nothing. */
  readonly requiredDeclaration: string | null;
  /** What a person has agreed to, of what it requires. */
  readonly declaration: string | null;
  readonly contentHash: Buffer;
  readonly problems: readonly RowProblem[];
}

/** By what rows are judged, beside what they hold. */
export interface JudgeOptions {
  /** What a person agreed to for the whole file. */
  readonly declarations: readonly string[];
  readonly now: Date;
  readonly allowLoopback: boolean;
  /** What TikTok has said of a creator just now, by the account’s id. */
  readonly creators: ReadonlyMap<string, CreatorAnswer>;
}

/** Judges a row by the rules of a single post. What only lacks choices or consent is to be held. */
export function judgeRow(row: ResolvedRow, options: JudgeOptions): JudgedRow {
  const { account, content, media, publishAt } = row;
  const creator = options.creators.get(account.id) ?? {};
  const required = requiredDeclaration(content);
  const declaration = options.declarations.find((one) => one === required) ?? null;
  const found = checkPost({
    post: content,
    media,
    account,
    app: { isAudited: account.is_audited },
    creatorInfo: creator.info,
    consent: declaration === null ? null : { declaration },
    moment: { publishAt, now: options.now },
    allowLoopback: options.allowLoopback,
  });
  const problems = creator.problem === undefined ? found : [...found, creator.problem];
  return {
    ...row,
    verdict: toVerdict(problems),
    requiredDeclaration: required,
    declaration,
    contentHash: contentHash(content, media),
    problems: problems.map(toRowProblem),
  };
}

function toVerdict(problems: readonly RuleProblem[]): Verdict | undefined {
  if (problems.some(({ kind }) => kind === 'invalid')) return undefined;
  return heldBy(problems) ?? { state: 'scheduled', reason: 'scheduled', details: {} };
}

function toRowProblem({ code, details, kind, pointer }: RuleProblem): RowProblem {
  const { words, remedy } = describeReason(code, details);
  return {
    code,
    // A row names its account in another field than a post.
    pointer: pointer.replace(/^\/account_id/, '/account').replace(/^\/consent.*/, ''),
    words,
    remedy: remedy ?? '',
    is_blocking: kind !== 'advice',
  };
}
