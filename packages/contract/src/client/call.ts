import type { z } from 'zod';
import type { Operation } from '../operation.ts';
import { API_BASE_PATH } from '../operations.ts';
import type { CallOptions } from './client-types.ts';
import type { ClientOptions } from './create-client.ts';
import { GreenroomError, MetProblemSchema } from './greenroom-error.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Sends one request and checks its answer.
 *
 * @throws {GreenroomError} If there is no answer, or another one than the operation promises.
 * @throws {TypeError} If a field has no place in the request.
 */
export async function call(
  client: ClientOptions,
  operation: Operation,
  input: Fields,
  options: CallOptions,
): Promise<unknown> {
  const { body, url } = addressOf(client.baseUrl, operation, input);
  const { response, text } = await send(client, options, url, {
    method: operation.method,
    headers: headersOf(client, options, body !== undefined),
    // A key must not follow a redirect to somebody else.
    redirect: 'error',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const schema = operation.answers[response.status];
  if (schema === undefined) throw toError(operation, response, text);
  if (schema === null) return undefined;
  return readAnswer(operation, response, text, schema);
}

/** Puts the fields of an input where the operation has them. */
function addressOf(
  baseUrl: string,
  { id, path, query, body }: Operation,
  input: Fields,
): { readonly url: string; readonly body: Fields | undefined } {
  const rest: Record<string, unknown> = { ...input };
  const take = (name: string): unknown => {
    const value = rest[name];
    delete rest[name];
    return value;
  };
  const filled = path.replaceAll(/\{(\w+)\}/g, (_match, name: string) =>
    encodeURIComponent(String(take(name))),
  );
  const search = new URLSearchParams();
  for (const name of Object.keys(query?.shape ?? {})) {
    const value = take(name);
    if (value !== undefined) search.set(name, String(value));
  }
  // What is left is for the body.
  const [unknown] = Object.keys(rest);
  if (body === undefined && unknown !== undefined) {
    throw new TypeError(`${id} takes no field ${unknown}`);
  }
  const question = search.size === 0 ? '' : `?${search}`;
  const base = baseUrl.replace(/\/+$/, '');
  return {
    url: `${base}${API_BASE_PATH}${filled}${question}`,
    body: body === undefined ? undefined : rest,
  };
}

function headersOf(
  { apiKey, workspaceId }: ClientOptions,
  { idempotencyKey }: CallOptions,
  hasBody: boolean,
): Record<string, string> {
  return {
    accept: 'application/json',
    ...(hasBody ? { 'content-type': 'application/json' } : {}),
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    ...(workspaceId === undefined ? {} : { 'greenroom-workspace': workspaceId }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
}

/** Sends a request and reads the whole answer within the deadline. */
async function send(
  client: ClientOptions,
  options: CallOptions,
  url: string,
  init: RequestInit,
): Promise<{ readonly response: Response; readonly text: string }> {
  const timeoutMs = options.timeoutMs ?? client.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  const fetch = client.fetch ?? globalThis.fetch;
  try {
    const response = await fetch(url, { ...init, signal });
    return { response, text: await response.text() };
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (deadline.aborted) {
      throw new GreenroomError('timed-out', `No answer within ${timeoutMs} ms from ${url}`, {
        cause,
      });
    }
    throw new GreenroomError('no-answer', `Greenroom did not answer at ${url}`, { cause });
  }
}

function readAnswer(
  { id }: Operation,
  response: Response,
  text: string,
  schema: z.ZodType,
): unknown {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new GreenroomError(
    'unexpected-answer',
    `${id} was answered with something else than the API promises`,
    { status: response.status, cause: parsed.error },
  );
}

function toError({ id }: Operation, response: Response, text: string): GreenroomError {
  const { status } = response;
  const parsed = MetProblemSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    return new GreenroomError(
      'unexpected-answer',
      `${id} was answered with status ${status} and no problem document`,
      { status },
    );
  }
  const problem = parsed.data;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new GreenroomError(problem.code, `${problem.title}: ${problem.detail}`, {
    status,
    problem,
    ...(Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {}),
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No schema takes it, so the caller says what is wrong.
    return undefined;
  }
}
