import { z } from 'zod';
import { Id, Instant } from './common.ts';
import { MediaType } from './post.ts';

/** How far a file is. */
export const MediaState = z.enum(['uploading', 'checking', 'ready', 'refused']);

/** A video or photo in Greenroom's store. */
export const MediaSchema = z
  .object({
    id: Id,
    state: MediaState,
    reason: z
      .object({ code: z.string(), words: z.string(), remedy: z.string() })
      .nullable()
      .meta({ description: 'Why it was refused.' }),
    media_type: MediaType.nullable(),
    file_name: z.string(),
    size: z.int(),
    received: z.int().meta({ description: 'Bytes that are here.' }),
    sha256: z.string().nullable().meta({ description: 'In hex, once it is complete.' }),
    content_type: z.string().nullable(),
    container: z.string().nullable(),
    codec: z.string().nullable(),
    duration_ms: z.int().nullable(),
    frame_rate: z.number().nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    created_at: Instant,
    ready_at: Instant.nullable(),
  })
  .meta({ id: 'Media', description: 'A video or photo in Greenroom’s store.' });
