import type { z } from 'zod';

/** One call of the control API: where it is, what it takes and what it gives. */
export interface Operation<
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Under `/_emulator`, parameters in braces. */
  readonly path: string;
  /** What it does, in a sentence. */
  readonly summary: string;
  /** Statuses of refusals beyond 400. */
  readonly refusals: readonly (404 | 409)[];
  readonly body: Body | undefined;
  readonly query: Query | undefined;
  /** `undefined`: 204 without a body. */
  readonly answer: Answer | undefined;
}

interface OperationPlan<Body extends z.ZodType, Answer extends z.ZodType, Query extends z.ZodType> {
  readonly summary: string;
  readonly refusals?: readonly (404 | 409)[];
  readonly body?: Body;
  readonly query?: Query;
  readonly answer?: Answer;
}

/** Describes an operation, as in `operation('PUT', '/apps/{client_key}', { … })`. */
export function operation<
  Body extends z.ZodType = z.ZodNever,
  Answer extends z.ZodType = z.ZodVoid,
  Query extends z.ZodType = z.ZodNever,
>(
  method: Operation['method'],
  path: string,
  plan: OperationPlan<Body, Answer, Query>,
): Operation<Body, Answer, Query> {
  const { summary, refusals = [], body, query, answer } = plan;
  return { method, path, summary, refusals, body, query, answer };
}
