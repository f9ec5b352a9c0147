import {
  type AnswerOf,
  type OperationId,
  type Operations,
  operations,
  type ProblemDocument,
  ProblemSchema,
} from '@greenroom/contract';

/** Body of an answer that worked, checked by the contract. */
export async function answerOf<Id extends OperationId>(
  id: Id,
  answer: Response | Promise<Response>,
): Promise<NonNullable<AnswerOf<Operations[Id]>['body']>> {
  const response = await answer;
  const { answers }: { readonly answers: (typeof operations)[OperationId]['answers'] } =
    operations[id];
  const schema = Object.entries(answers).find(([status]) => Number(status) === response.status);
  const text = await response.text();
  if (schema?.[1] == null) throw new Error(`${id} answered ${response.status}: ${text}`);
  // The schema is the one that the type is made of.
  return schema[1].parse(JSON.parse(text)) as NonNullable<AnswerOf<Operations[Id]>['body']>;
}

/** A problem document, checked by the contract. */
export async function problemOf(answer: Response | Promise<Response>): Promise<ProblemDocument> {
  const response = await answer;
  return ProblemSchema.parse(await response.json());
}
