import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOverrideContext as OverrideContext,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { type Access, access } from '../access.ts';
import type { Operation } from '../operation.ts';
import { problemsOf } from '../operation-problems.ts';
import { API_BASE_PATH, type OperationId, operations } from '../operations.ts';
import { PROBLEM_CONTENT_TYPE, ProblemSchema } from '../problem-document.ts';
import { type ProblemCode, problemKinds } from '../problems.ts';

/** A document of OpenAPI 3.1. */
export type OpenApiDocument = ReturnType<typeof createDocument>;

/** How {@link openApiDocument} is made. */
export interface OpenApiOptions {
  /** Version of Greenroom that the document belongs to. */
  readonly version: string;
  /** Base URL of the server, without a path. */
  readonly serverUrl: string;
}

/** Describes the whole HTTP API in OpenAPI 3.1, from the operations and their schemas. */
export function openApiDocument(options: OpenApiOptions): OpenApiDocument {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operation of Object.values(operations)) {
    const method = operation.method.toLowerCase();
    paths[operation.path] = { ...paths[operation.path], [method]: describe(operation) };
  }
  const document: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: {
      title: 'Greenroom',
      version: options.version,
      description: INTRODUCTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: `${options.serverUrl}${API_BASE_PATH}` }],
    tags: tags(),
    paths,
    components: { securitySchemes: SECURITY_SCHEMES },
  };
  return createDocument(document, { override: simplify });
}

function simplify({ io, jsonSchema, zodSchema }: OverrideContext): void {
  // Answers may grow fields within a version of the API; a generated client must not stumble over them.
  if (io === 'output' && zodSchema._zod.def.type === 'object') {
    delete jsonSchema.additionalProperties;
  }
  // The format says it; the pattern is how zod checks it.
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
}

const INTRODUCTION = `Publishes to TikTok for many accounts.

Send an API key as \`Authorization: Bearer grk_…\`, or the cookie of a browser session. An API key belongs to one
workspace; a person of several names one in \`Greenroom-Workspace\`. Errors are problem documents of RFC 9457. Lists
come in pages: pass \`next_cursor\` on as \`cursor\`. Writes that create take an \`Idempotency-Key\`.`;

const SECURITY_SCHEMES = {
  api_key: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'grk_…',
    description: 'An API key. The scopes that it needs are listed.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'greenroom_session',
    description:
      'A browser session; by https the cookie is `__Host-greenroom_session`. The least role that the person needs is listed.',
  },
} as const;

type AnyOperation = Operation & { readonly id: OperationId };

function describe(operation: AnyOperation): ZodOpenApiOperationObject {
  const rule: Access = access[operation.id];
  const { params, query, body } = operation;
  return {
    operationId: operation.id,
    tags: [tagOf(operation)],
    summary: operation.summary,
    description: [operation.description, accessInWords(rule)].filter(Boolean).join('\n\n'),
    security: securityOf(rule),
    requestParams: {
      ...(params === undefined ? {} : { path: params }),
      ...(query === undefined ? {} : { query }),
      header: headersOf(operation, rule),
    },
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: { ...answersOf(operation), ...problemAnswers(operation) },
    'x-greenroom-access': rule,
    ...(operation.onceFields === undefined
      ? {}
      : { 'x-greenroom-shown-once': operation.onceFields }),
  };
}

function tagOf(operation: Operation): string {
  const [, resource = ''] = operation.path.split('/');
  // A workspace and the workspaces belong together.
  return resource === 'workspace' ? 'workspaces' : resource;
}

function tags(): { readonly name: string }[] {
  const names = new Set(Object.values(operations).map(tagOf));
  return [...names].map((name) => ({ name }));
}

function securityOf({ role, scope }: Access): Record<string, string[]>[] {
  if (role === 'public') return [];
  const session: Record<string, string[]> = { session: role === 'person' ? [] : [role] };
  return scope === undefined ? [session] : [{ api_key: [scope] }, session];
}

/** Who may call an operation, in words. */
function accessInWords({ role, scope }: Access): string {
  if (role === 'public') return 'For everybody.';
  const person = role === 'person' ? 'who is signed in' : `with the role \`${role}\` or more`;
  return scope === undefined
    ? `For a person ${person}; not for API keys.`
    : `For a person ${person}, and for an API key with the scope \`${scope}\`.`;
}

function headersOf(operation: Operation, { role }: Access): z.ZodObject {
  return z.object({
    ...(role === 'public' || role === 'person'
      ? {}
      : { 'Greenroom-Workspace': WORKSPACE_HEADER.optional() }),
    ...(operation.creates === true ? { 'Idempotency-Key': IDEMPOTENCY_HEADER.optional() } : {}),
  });
}

const WORKSPACE_HEADER = z.uuid().meta({
  description: 'The workspace that is meant, for a person who belongs to several.',
});

const IDEMPOTENCY_HEADER = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/)
  .meta({
    description:
      'Makes the request safe to repeat for 24 hours: the same key and body get the first answer again, and nothing is created twice.',
  });

function answersOf(operation: Operation): ZodOpenApiResponsesObject {
  const answers: ZodOpenApiResponsesObject = {};
  for (const [status, schema] of Object.entries(operation.answers)) {
    answers[status as `${1 | 2 | 3 | 4 | 5}${string}`] = {
      description: 'Done.',
      ...(schema === null ? {} : { content: { 'application/json': { schema } } }),
      ...(operation.creates === true ? { headers: REPLAYED } : {}),
    };
  }
  return answers;
}

const REPLAYED = z.object({
  'Idempotency-Replayed': z.literal('true').optional().meta({
    description: 'The answer is that of an earlier request with the same key.',
  }),
});

function problemAnswers(operation: AnyOperation): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(problemsOf(operation), (code) => problemKinds[code].status);
  const answers: ZodOpenApiResponsesObject = {};
  for (const status of [...byStatus.keys()].toSorted((a, b) => a - b)) {
    answers[`${status}` as `4${string}`] = {
      description: (byStatus.get(status) ?? []).map(inWords).join('\n'),
      content: { [PROBLEM_CONTENT_TYPE]: { schema: ProblemSchema } },
    };
  }
  return answers;
}

function inWords(code: ProblemCode): string {
  return `- \`${code}\`: ${problemKinds[code].title}.`;
}
