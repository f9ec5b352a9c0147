import { z } from 'zod';
import { Id, Instant } from './common.ts';
import { MediaType, PostInput, PostMode, PostProblemSchema } from './post.ts';

/** Rows that one import takes. */
export const MOST_IMPORT_ROWS = 10_000;

/** Media of a row: an id, a SHA-256 in hex, a file name, or somebody else’s address. */
const MediaName = z.string().trim().min(1).max(2048);

const { shape } = PostInput;

/**
 * One post of an import or of an export. The names are the columns of a CSV file, in the order in which an
 * export has them.
 */
export const ImportRowSchema = z
  .strictObject({
    account: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .meta({ description: 'Id of an account, or its handle.', example: '@ada' }),
    media: z.array(MediaName).max(35).default([]).meta({
      description: 'Ids, SHA-256s, file names or addresses; in CSV with ` | ` between them.',
    }),
    media_type: MediaType.nullable()
      .default(null)
      .meta({ description: '`null`: as the media are.' }),
    post_mode: PostMode.default('DIRECT_POST'),
    title: shape.title,
    description: shape.description,
    privacy_level: shape.privacy_level,
    disable_comment: shape.disable_comment,
    disable_duet: shape.disable_duet,
    disable_stitch: shape.disable_stitch,
    commercial_disclosure: shape.commercial_disclosure,
    brand_organic_toggle: shape.brand_organic_toggle,
    brand_content_toggle: shape.brand_content_toggle,
    is_aigc: shape.is_aigc,
    auto_add_music: shape.auto_add_music,
    video_cover_timestamp_ms: shape.video_cover_timestamp_ms,
    photo_cover_index: shape.photo_cover_index,
    publish_at: z.string().max(50).nullable().default(null).meta({
      description:
        'When, as `2026-12-01 09:00` in a time zone or as `2026-12-01T09:00+01:00`; `null`: at once.',
    }),
    time_zone: z.string().max(100).nullable().default(null).meta({
      description: 'Zone of `publish_at`, such as `Europe/Berlin`; `null`: that of the import.',
    }),
  })
  .meta({ id: 'ImportRow', description: 'One post of an import or of an export.' });

/** One post of an import or of an export. */
export type ImportRow = z.output<typeof ImportRowSchema>;

/** What is imported, and how it is read. */
export const ImportInput = z
  .strictObject({
    csv: z.string().min(1).optional().meta({
      description: 'A CSV file as it is: its first line names the columns.',
    }),
    rows: z.array(z.record(z.string(), z.unknown())).min(1).max(MOST_IMPORT_ROWS).optional().meta({
      description:
        'The same as JSON: each an `ImportRow`. A row that is none is told of by its number.',
    }),
    time_zone: z.string().max(100).nullable().default(null).meta({
      description: 'Zone of the times of rows that name neither a zone nor an offset.',
    }),
    declarations: z.array(z.string().min(1).max(500)).max(4).default([]).meta({
      description:
        'What a person agreed to for the whole file: the declarations as they were shown. A check gives those that the file requires. Rows that require another one become `held`.',
    }),
    check_creator: z.boolean().default(true).meta({
      description:
        'Asks TikTok once for each account what its creator may do right now. Whatever is said here, TikTok is asked again before each post is sent.',
    }),
    allow_duplicates: z.boolean().default(false).meta({
      description: 'Takes rows whose media and text go, or went, to the same account within 24 h.',
    }),
  })
  .refine(({ csv, rows }) => (csv === undefined) !== (rows === undefined), {
    error: 'Takes either csv or rows.',
  })
  .meta({ id: 'Import', description: 'What is imported, and how it is read.' });

/** What becomes of a row. */
const ImportVerdict = z.enum(['goes_out', 'held', 'refused']).meta({
  id: 'ImportVerdict',
  description:
    'What becomes of a row: it goes out by itself, it waits for a person, or it keeps the whole import from being taken.',
});

const RowNumber = z
  .int()
  .meta({ description: 'Number of the row, from 1; headings do not count.' });

/** What a check says of a row. */
const CheckedRow = z
  .object({
    row: RowNumber,
    line: z.int().nullable().meta({ description: 'Line of the CSV file on which the row begins.' }),
    verdict: ImportVerdict,
    account_id: Id.nullable(),
    publish_at: Instant.nullable().meta({ description: '`null`: at once.' }),
    goes_out_at: Instant.nullable().meta({
      description:
        'When it can go out, by TikTok’s limits and all that waits already, once somebody has agreed to it where that is all it lacks; `null`: not before a person mends it, or not within seven days of its moment.',
    }),
    reasons: z
      .array(z.object({ code: z.string(), words: z.string(), until: Instant.nullable() }))
      .meta({ description: 'Why not sooner, in the order in which they bind.' }),
    problems: z.array(PostProblemSchema),
  })
  .meta({ id: 'CheckedRow', description: 'What a check says of a row.' });

const counts = {
  goes_out: z.int().meta({ description: 'Rows that go out by themselves.' }),
  held: z.int().meta({ description: 'Rows that wait for a person.' }),
};

/** What a check of an import says. */
export const ImportCheckSchema = z
  .object({
    is_ready: z.boolean().meta({ description: 'Whether it would be taken as it is.' }),
    ...counts,
    refused: z.int().meta({ description: 'Rows that keep the import from being taken.' }),
    required_declarations: z.array(z.string()).meta({
      description: 'What a person must agree to, literally, so that complete rows go out.',
    }),
    rows: z.array(CheckedRow),
  })
  .meta({ id: 'ImportCheck', description: 'What a check of an import says.' });

/** What an import has made. */
export const ImportSchema = z
  .object({
    id: Id,
    ...counts,
    posts: z.array(z.object({ row: RowNumber, post_id: Id, verdict: ImportVerdict })),
  })
  .meta({ id: 'ImportedPosts', description: 'What an import has made.' });
