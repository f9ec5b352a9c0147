import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { requireStorable } from '../http/json-body.ts';
import { ProblemError } from '../http/problem-error.ts';

/** Takes forms as browsers send them without a script. */
export function acceptForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
}

/**
 * Reads the fields of a form; unknown ones are dropped.
 *
 * @throws {ProblemError} `invalid-request`, in words for whoever filled it in.
 */
export function readForm<Schema extends z.ZodObject>(
  schema: Schema,
  request: FastifyRequest,
): z.output<Schema> {
  const body: unknown = request.body ?? {};
  requireStorable(body, 'body');
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const words = parsed.error.issues.map((issue) => issue.message);
  throw new ProblemError('invalid-request', [...new Set(words)].join(' '));
}

/** What `work` gives, or why it was refused, for the form to say. What nobody foresaw is thrown on. */
export async function orRefusal<T>(work: () => Promise<T>): Promise<T | ProblemError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}

/** A field as it was sent, to show it again; passwords never are. */
export function sentField(request: FastifyRequest, name: string): string {
  const body: unknown = request.body;
  if (typeof body !== 'object' || body === null) return '';
  const value: unknown = Reflect.get(body, name);
  return typeof value === 'string' ? value.slice(0, 300) : '';
}

/** Id of a workspace, an account or an app. */
export const IdField = z.uuid({ error: 'The form is damaged. Go back and try again.' });
