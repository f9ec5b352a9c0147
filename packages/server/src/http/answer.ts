import { isDeepStrictEqual } from 'node:util';
import type { Operation } from '@greenroom/contract';

/** A status and the body that belongs to it. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/**
 * Makes a handler's answer what the contract promises: a field that its schema does not have never leaves.
 *
 * It happens before the transaction is committed, so that an answer which breaks the contract leaves nothing.
 *
 * @param isStrict - Refuses unknown fields instead of leaving them out; for tests.
 * @throws {Error} If the answer breaks the contract. Its values are not repeated: they may be secret.
 */
export function keepContract<A extends Answer>(
  operation: Operation,
  answer: A,
  isStrict: boolean,
): A {
  const schema = operation.answers[answer.status];
  if (schema === undefined) {
    throw new Error(`${operation.id} answered ${answer.status}, which the contract does not have`);
  }
  if (schema === null) return answer;
  const parsed = schema.safeParse(answer.body);
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ code, path }) => `${path.join('.')} (${code})`);
    throw new Error(
      `${operation.id} answered fields that break the contract: ${fields.join(', ')}`,
    );
  }
  if (isStrict && !isDeepStrictEqual(withoutUndefined(answer.body), parsed.data)) {
    throw new Error(`${operation.id} answered a field that the contract does not have`);
  }
  return { ...answer, body: parsed.data };
}

/** As JSON would carry it. */
function withoutUndefined(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body));
}
