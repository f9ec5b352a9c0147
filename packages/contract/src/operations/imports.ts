import { z } from 'zod';
import { operation } from '../operation.ts';
import { Id, Instant, pageOf, pageQuery } from '../schemas/common.ts';
import {
  ImportCheckSchema,
  ImportInput,
  ImportRowSchema,
  ImportSchema,
  MOST_IMPORT_ROWS,
} from '../schemas/import.ts';
import { PostState } from '../schemas/post.ts';

/** 10,000 rows with long texts. */
const IMPORT_BYTES = 16_777_216;

/** Operations on many posts at once. */
export const importOperations = {
  /** Says what an import would do, row by row, without storing anything. */
  checkImport: operation({
    id: 'checkImport',
    method: 'POST',
    path: '/imports/check',
    summary: 'Says what an import would do, row by row, without storing anything.',
    body: ImportInput,
    bodyBytes: IMPORT_BYTES,
    answers: { 200: ImportCheckSchema },
    problems: ['import-refused'],
  }),
  /** Makes a post of every row, or of none. */
  createImport: operation({
    id: 'createImport',
    method: 'POST',
    path: '/imports',
    summary: 'Makes a post of every row, or of none.',
    description:
      'Rows without complete choices, or without the declaration that they require, become `held` and wait for a person. One row that is refused refuses them all.',
    body: ImportInput,
    bodyBytes: IMPORT_BYTES,
    answers: { 201: ImportSchema },
    problems: ['import-refused'],
    creates: true,
  }),
  /** Gives posts in the form that an import takes, newest first. */
  exportPosts: operation({
    id: 'exportPosts',
    method: 'GET',
    path: '/exports/posts',
    summary: 'Gives posts in the form that an import takes, newest first.',
    description: 'Each page can be imported by itself, as JSON or as CSV.',
    query: z.strictObject({
      ...pageQuery,
      limit: z.coerce
        .number<number | string>()
        .int()
        .min(1)
        .max(MOST_IMPORT_ROWS)
        .default(1000)
        .meta({ description: 'Posts of a page.' }),
      format: z.enum(['json', 'csv']).default('json'),
      state: PostState.optional(),
      account_id: Id.optional(),
      publish_from: Instant.optional(),
      publish_to: Instant.optional(),
    }),
    answers: {
      200: pageOf(ImportRowSchema).extend({
        csv: z.string().nullable().meta({
          description: 'The page as a CSV file, when that was asked for; `items` is empty then.',
        }),
      }),
    },
    problems: [],
  }),
};
