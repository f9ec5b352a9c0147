import { z } from 'zod';
import { PostSchema } from '../control/schemas.ts';
import {
  Count,
  coversIds,
  DueInstant,
  EntryId,
  Instant,
  IsoInstant,
  LAST_ID_TOO_SMALL,
} from '../snapshot/saved-fields.ts';
import { findChunkPlanFault } from './chunk-rules.ts';

const SavedPost = z.object({
  ...PostSchema.shape,
  id: EntryId,
  open_id: z.string(),
  created_at: Instant,
  finished_at: Instant.nullable(),
  video_ids: z.array(z.string()),
  media: z.object({ duration: Count, width: Count, height: Count }).nullable(),
  forced_fail_reason: z.string().nullable(),
});

const SavedVideo = z.object({
  id: z.string(),
  username: z.string(),
  publish_id: z.string().nullable(),
  media_type: z.enum(['VIDEO', 'PHOTO']),
  created_at: Instant,
  title: z.string(),
  video_description: z.string(),
  duration: Count,
  width: Count,
  height: Count,
  is_aigc: z.boolean(),
  privacy_level: z.string(),
  moderation: z.enum(['pending', 'approved', 'rejected', 'removed']),
  is_public: z.boolean(),
  like_count: Count,
  comment_count: Count,
  share_count: Count,
  view_count: Count,
});

const SavedPlan = z
  .object({ videoSize: z.int(), chunkSize: z.int(), totalChunkCount: z.int() })
  .refine((plan) => findChunkPlanFault(plan, { oversizedSingleChunk: 'accept' }) === undefined, {
    message: 'is no chunk plan that is ever accepted',
  });

const SavedUpload = z
  .object({
    upload_id: z.string(),
    upload_token: z.string(),
    publish_id: z.string(),
    plan: SavedPlan,
    expires_at: DueInstant,
    expiry: EntryId,
    chunks: Count,
    /** Base64 of the whole chunks; `null` when there are none, or when they did not fit. */
    bytes: z.base64().nullable(),
  })
  .refine(({ chunks, plan }) => chunks <= plan.totalChunkCount, {
    message: 'has more chunks than its plan',
  });

const SavedWebhook = z.object({
  id: EntryId,
  event: z.string(),
  client_key: z.string(),
  open_id: z.string().nullable(),
  created_at: Instant,
  body: z.string(),
  state: z.enum(['pending', 'delivered', 'dropped', 'undelivered']),
  signature: z.string().nullable(),
  attempts: z.array(
    z.object({ time: IsoInstant, status: z.int().nullable(), error: z.string().nullable() }),
  ),
});

const SavedLog = z.array(
  z.tuple([
    z.string(),
    z.array(z.object({ publish_id: z.string(), client_key: z.string(), at: Instant })),
  ]),
);

const SavedWebhooks = z
  .object({ deliveries: z.array(SavedWebhook), last_id: Count })
  .refine(({ deliveries, last_id }) => coversIds(last_id, deliveries), LAST_ID_TOO_SMALL);

/** What a snapshot keeps of posting. */
export const SavedPostingSchema = z
  .object({
    posts: z.array(SavedPost),
    videos: z.array(SavedVideo),
    uploads: z.array(SavedUpload),
    webhooks: SavedWebhooks,
    caps: z.object({ direct_posts: SavedLog, pending_shares: SavedLog }),
    /** Base64 of the files that posts hold, by SHA-256. */
    media: z.record(z.string(), z.base64()),
    last_post_id: Count,
    last_video_at: Instant,
  })
  .refine(({ last_post_id, posts }) => coversIds(last_post_id, posts), LAST_ID_TOO_SMALL);

/** What a snapshot keeps of posting. */
export type SavedPosting = z.output<typeof SavedPostingSchema>;
