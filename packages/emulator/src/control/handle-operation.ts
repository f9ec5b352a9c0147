import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ControlError } from './control-error.ts';
import type { OperationName } from './operations.ts';
import { operations } from './operations.ts';

type Operations = typeof operations;
type BodyOf<Name extends OperationName> = z.output<NonNullable<Operations[Name]['body']>>;
type QueryOf<Name extends OperationName> = z.output<NonNullable<Operations[Name]['query']>>;
type AnswerOf<Name extends OperationName> = z.input<NonNullable<Operations[Name]['answer']>>;

/** What a call brought, checked. */
export interface OperationInput<Name extends OperationName> {
  readonly params: Readonly<Record<string, string>>;
  readonly body: BodyOf<Name>;
  readonly query: QueryOf<Name>;
}

/** Largest snapshot that is taken. */
const SNAPSHOT_LIMIT_BYTES = 500_000_000;

/** How deep lists and objects of a body may be in each other; a snapshot holds what came in bodies. */
const MOST_NESTED = 100;
const SNAPSHOT_MOST_NESTED = 200;

/** Answers one operation of the control API with what `handler` gives; `undefined` is 204. */
export function handleOperation<Name extends OperationName>(
  app: FastifyInstance,
  name: Name,
  handler: (input: OperationInput<Name>) => AnswerOf<Name> | Promise<AnswerOf<Name>>,
): void {
  const { method, path, body, query } = operations[name];
  app.route({
    method,
    url: `/_emulator${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    ...(name === 'putSnapshot' ? { bodyLimit: SNAPSHOT_LIMIT_BYTES } : {}),
    handler: async (request, reply) => {
      const answer = await handler({
        // Fastify gives the parameters of a path as an object of strings.
        params: request.params as Record<string, string>,
        // What a schema parsed has the schema's type; `operations` pairs each name with its schemas.
        body: parse(
          body,
          body === undefined ? undefined : readJson(request, name),
          'body',
        ) as BodyOf<Name>,
        query: parse(query, request.query, 'query') as QueryOf<Name>,
      });
      if (answer === undefined) return reply.code(204).send();
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer));
    },
  });
}

function parse(schema: z.ZodType | undefined, value: unknown, what: string): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ControlError(400, `The ${what} makes no sense: ${z.prettifyError(parsed.error)}`);
}

/** Reads JSON whatever the content type says, so that `curl -d` works as it is. */
function readJson(request: FastifyRequest, name: OperationName): unknown {
  const { body } = request;
  if (!Buffer.isBuffer(body) || body.length === 0) return {};
  const limit = name === 'putSnapshot' ? SNAPSHOT_MOST_NESTED : MOST_NESTED;
  const value = parseJson(body);
  if (!isNestedDeeper(value, limit)) return value;
  throw new ControlError(400, `The body is nested deeper than ${limit} levels.`);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ControlError(400, 'The body is not valid JSON.');
  }
}

function isNestedDeeper(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return limit === 0 || Object.values(value).some((each) => isNestedDeeper(each, limit - 1));
}
