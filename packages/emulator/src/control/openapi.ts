import { z } from 'zod';
import type { OperationName } from './operations.ts';
import { operations } from './operations.ts';
import { RefusalSchema } from './schemas.ts';

/** A JSON object of the description. */
export type OpenApiObject = { readonly [key: string]: unknown };

/** Describes the control API in OpenAPI 3.1, from the table that its routes are made of. */
export function describeControlApi(version: string): OpenApiObject & { readonly openapi: string } {
  const paths: Record<string, Record<string, OpenApiObject>> = {};
  // The keys of `operations` are its names; Object.keys widens them to string.
  for (const name of Object.keys(operations) as OperationName[]) {
    const { method, path } = operations[name];
    const url = `/_emulator${path}`;
    paths[url] = { ...paths[url], [method.toLowerCase()]: describe(name) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Greenroom TikTok emulator: control API',
      version,
      description: 'Steers the emulator: accounts, clock, faults, ledgers, snapshots.',
    },
    paths,
  };
}

function describe(name: OperationName): OpenApiObject {
  const { answer, body, path, query, refusals, summary } = operations[name];
  const parameters = [...pathParameters(path), ...queryParameters(query)];
  return {
    operationId: name,
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: !accepts(body, {}), content: toContent(body, 'input') } }),
    responses: {
      ...(answer === undefined
        ? { 204: { description: 'Done.' } }
        : { 200: { description: 'Done.', content: toContent(answer, 'output') } }),
      ...Object.fromEntries(
        [400, ...refusals].map((status) => [
          status,
          { description: reasons[status], content: toContent(RefusalSchema, 'output') },
        ]),
      ),
    },
  };
}

const reasons: Readonly<Record<number, string>> = {
  400: 'The call makes no sense.',
  404: 'There is no such thing.',
  409: 'Not possible now.',
};

function pathParameters(path: string): OpenApiObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: z.ZodType | undefined): OpenApiObject[] {
  if (query === undefined) return [];
  const { properties = {} } = toJsonSchema(query, 'output');
  // JSON Schema has an object of schemas there.
  return Object.entries(properties as Record<string, OpenApiObject>).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema,
  }));
}

function toContent(schema: z.ZodType, io: 'input' | 'output'): OpenApiObject {
  return { 'application/json': { schema: toJsonSchema(schema, io) } };
}

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): OpenApiObject {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

function accepts(schema: z.ZodType, value: unknown): boolean {
  return schema.safeParse(value).success;
}
