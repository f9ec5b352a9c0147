import { z } from 'zod';

const anything = z.record(z.string(), z.unknown());

const SavedPost = z.object({
  id: z.int(),
  publish_id: z.string(),
  client_key: z.string(),
  username: z.string(),
  open_id: z.string(),
  source: z.enum(['FILE_UPLOAD', 'PULL_FROM_URL']),
  media_type: z.enum(['VIDEO', 'PHOTO']),
  post_mode: z.enum(['DIRECT_POST', 'MEDIA_UPLOAD']),
  created_at: z.number(),
  finished_at: z.number().nullable(),
  post_info: anything,
  source_info: anything,
  status: z.enum([
    'PROCESSING_UPLOAD',
    'PROCESSING_DOWNLOAD',
    'SEND_TO_USER_INBOX',
    'PUBLISH_COMPLETE',
    'FAILED',
  ]),
  fail_reason: z.string().nullable(),
  post_ids: z.array(z.string()),
  video_ids: z.array(z.string()),
  media: z.object({ duration: z.number(), width: z.number(), height: z.number() }).nullable(),
  bytes: z.number(),
  sha256: z.union([z.string(), z.array(z.string())]).nullable(),
  forced_fail_reason: z.string().nullable(),
});

const SavedVideo = z.object({
  id: z.string(),
  username: z.string(),
  publish_id: z.string().nullable(),
  media_type: z.enum(['VIDEO', 'PHOTO']),
  created_at: z.number(),
  title: z.string(),
  video_description: z.string(),
  duration: z.number(),
  width: z.number(),
  height: z.number(),
  is_aigc: z.boolean(),
  privacy_level: z.string(),
  moderation: z.enum(['pending', 'approved', 'rejected', 'removed']),
  is_public: z.boolean(),
  like_count: z.number(),
  comment_count: z.number(),
  share_count: z.number(),
  view_count: z.number(),
});

const SavedUpload = z.object({
  upload_id: z.string(),
  upload_token: z.string(),
  publish_id: z.string(),
  plan: z.object({ videoSize: z.int(), chunkSize: z.int(), totalChunkCount: z.int() }),
  expires_at: z.number(),
  expiry: z.int(),
  chunks: z.int(),
  /** Base64 of the whole chunks; `null` when there are none, or when they did not fit. */
  bytes: z.string().nullable(),
});

const SavedWebhook = z.object({
  id: z.int(),
  event: z.string(),
  client_key: z.string(),
  open_id: z.string().nullable(),
  created_at: z.number(),
  body: z.string(),
  state: z.enum(['pending', 'delivered', 'dropped', 'undelivered']),
  signature: z.string().nullable(),
  attempts: z.array(
    z.object({ time: z.string(), status: z.int().nullable(), error: z.string().nullable() }),
  ),
});

const SavedLog = z.array(
  z.tuple([
    z.string(),
    z.array(z.object({ publish_id: z.string(), client_key: z.string(), at: z.number() })),
  ]),
);

/** What a snapshot keeps of posting. */
export const SavedPostingSchema = z.object({
  posts: z.array(SavedPost),
  videos: z.array(SavedVideo),
  uploads: z.array(SavedUpload),
  webhooks: z.object({ deliveries: z.array(SavedWebhook), last_id: z.int() }),
  caps: z.object({ direct_posts: SavedLog, pending_shares: SavedLog }),
  /** Base64 of the files that posts hold, by SHA-256. */
  media: z.record(z.string(), z.string()),
  last_post_id: z.int(),
  last_video_at: z.number(),
});

/** What a snapshot keeps of posting. */
export type SavedPosting = z.output<typeof SavedPostingSchema>;
