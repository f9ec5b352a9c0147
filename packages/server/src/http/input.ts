import type { BodyOf, Operation, ParamsOf, ProblemField, QueryOf } from '@greenroom/contract';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { requireStorable } from './json-body.ts';
import { toPointer } from './pointer.ts';
import { ProblemError } from './problem-error.ts';

/** Path, query and body of a call, checked. */
export interface Input<O> {
  readonly params: ParamsOf<O>;
  readonly query: QueryOf<O>;
  readonly body: BodyOf<O>;
}

/** Bad fields that one answer names: whoever sends thousands is told how many there are. */
const MOST_NAMED = 50;

/**
 * Checks path, query and body by the operation's schemas and reports all that is wrong with them together.
 *
 * @throws {ProblemError} `invalid-request`, which names each field by a JSON pointer.
 */
export function readInput<O extends Operation>(operation: O, request: FastifyRequest): Input<O> {
  // Bodies were looked at when they were parsed; `%00` in an address comes here.
  requireStorable(request.params, 'path');
  requireStorable(request.query, 'query');
  const errors: ProblemField[] = [];
  const input = {
    params: read(operation.params, request.params, 'path', errors),
    query: read(operation.query, request.query, 'query', errors),
    body: read(operation.body, request.body, 'body', errors),
  };
  if (errors.length > 0) {
    const named = errors.slice(0, MOST_NAMED);
    throw new ProblemError('invalid-request', summarize(errors), { errors: named });
  }
  // What a schema parsed has the schema's type; without a schema it is undefined.
  return input as Input<O>;
}

function read(
  schema: z.ZodType | undefined,
  value: unknown,
  place: ProblemField['in'],
  errors: ProblemField[],
): unknown {
  if (schema === undefined) {
    for (const name of fieldsOf(value)) errors.push(unknownField(place, [name]));
    return undefined;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) errors.push(...toFields(issue, place));
  return undefined;
}

function fieldsOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

function toFields(issue: z.core.$ZodIssue, place: ProblemField['in']): ProblemField[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownField(place, [...issue.path, key]));
  }
  return [{ in: place, pointer: toPointer(issue.path), detail: issue.message }];
}

function unknownField(place: ProblemField['in'], path: readonly PropertyKey[]): ProblemField {
  return { in: place, pointer: toPointer(path), detail: 'There is no such field.' };
}

function summarize(errors: readonly ProblemField[]): string {
  const [first] = errors;
  if (first === undefined || errors.length > 1) return `${errors.length} fields are not valid.`;
  return `${first.in}${first.pointer === '' ? '' : ` ${first.pointer}`}: ${first.detail}`;
}
