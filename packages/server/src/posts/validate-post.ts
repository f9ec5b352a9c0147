import type { AnswerOf, BodyOf, Operations } from '@greenroom/contract';
import type { Transaction } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import type { CreatorAnswer } from './creator-answer.ts';
import { judgePost } from './judge-post.ts';
import { readReferences } from './read-facts.ts';
import { describeReason } from './reasons.ts';
import { blocking } from './rules/check-post.ts';
import { requiredDeclaration } from './rules/declaration.ts';
import type { RuleProblem } from './rules/problems.ts';
import { toDate } from './to-date.ts';

type Validation = AnswerOf<Operations['validatePost']>['body'];

/** Says what keeps a post from going out, but for the consent that scheduling brings. Nothing is stored. */
export async function validatePost(
  services: Services,
  tx: Transaction,
  {
    body,
    creator,
  }: {
    readonly body: BodyOf<Operations['validatePost']>;
    readonly creator: CreatorAnswer;
  },
): Promise<Validation> {
  const { problems } = judgePost(services, {
    facts: await readReferences(tx, body.account_id, body),
    content: body,
    consent: undefined,
    publishAt: toDate(body.publish_at),
    creator,
  });
  return {
    is_ready: blocking(problems).length === 0,
    problems: problems.map(toProblemBody),
    required_declaration: requiredDeclaration(body),
  };
}

function toProblemBody({ code, details, kind, pointer }: RuleProblem) {
  const { words, remedy } = describeReason(code, details);
  return { code, pointer, words, remedy, is_blocking: kind !== 'advice' };
}
