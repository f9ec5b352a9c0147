import { z } from 'zod';
import { type ProblemCode, problemKinds } from './problems.ts';

/** What is wrong with one field of a request. */
export const ProblemFieldSchema = z
  .object({
    in: z.enum(['body', 'query', 'path', 'header']).meta({ description: 'Where the field is.' }),
    pointer: z.string().meta({ description: 'JSON pointer to the field.', example: '/scopes/0' }),
    detail: z.string().meta({ description: 'What is wrong with it.' }),
  })
  .meta({ id: 'ProblemField', description: 'What is wrong with one field of a request.' });

/** What is wrong with one field of a request. */
export type ProblemField = z.output<typeof ProblemFieldSchema>;

/** A problem document of RFC 9457: what every failed request is answered with. */
export const ProblemSchema = z
  .object({
    type: z.string().meta({
      description: 'Address of the page about this kind of problem.',
      example: 'https://greenroom.example/docs/problems/not-found',
    }),
    title: z.string().meta({ description: 'What went wrong; the same for all of this type.' }),
    status: z.int().meta({ description: 'HTTP status.' }),
    detail: z.string().meta({ description: 'What went wrong this time.' }),
    instance: z.string().meta({
      description: 'The request, as the server’s log has it.',
      example: 'urn:uuid:5b1e8a5e-3f63-4b8e-9a3c-0f9be63e8f53',
    }),
    code: z
      // The keys of the table are its codes; Object.keys widens them to string.
      .enum(Object.keys(problemKinds) as [ProblemCode, ...ProblemCode[]])
      .meta({ description: 'Stable name of this kind of problem.' }),
    tiktok: z
      .object({ code: z.string(), log_id: z.string().nullable() })
      .optional()
      .meta({ description: 'What TikTok answered, when the problem is TikTok’s.' }),
    errors: z.array(ProblemFieldSchema).optional().meta({
      description: 'Each field that is not valid.',
    }),
  })
  .meta({ id: 'Problem', description: 'A problem document of RFC 9457.' });

/** A problem document of RFC 9457. */
export type ProblemDocument = z.output<typeof ProblemSchema>;

/** Content type of problem documents. */
export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** Where the page about each problem is, below the public URL. */
export const PROBLEM_BASE_PATH = '/docs/problems';
