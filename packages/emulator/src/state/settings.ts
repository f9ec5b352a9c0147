import { z } from 'zod';

/** What can be changed while the emulator runs (`PATCH /_emulator/settings`). */
export const SettingsSchema = z.strictObject({
  /** strict: the documents. observed: what implementers report. lenient: also takes seed-style forms. Default: strict. */
  dialect: z.enum(['strict', 'observed', 'lenient']).meta({
    description:
      'strict: the documents. observed: what implementers report. lenient: also takes seed-style forms. Default: strict.',
  }),
  /** Whether 20/6/30/600 a minute hold. Default: true. */
  rate_limits: z
    .boolean()
    .meta({ description: 'Whether 20/6/30/600 a minute hold. Default: true.' }),
  /** Whether the caps on posts, pending shares and posting users of a day hold. Default: true. */
  caps: z.boolean().meta({
    description:
      'Whether the caps on posts, pending shares and posting users of a day hold. Default: true.',
  }),
  /** Direct posts of a creator in 24 h, shared by all apps. Default: 15. */
  daily_post_cap: z.int().min(0).meta({
    description: 'Direct posts of a creator in 24 h, shared by all apps. Default: 15.',
  }),
  /** Pending inbox shares of a creator in 24 h. Default: 5. */
  pending_share_cap: z.int().min(0).meta({
    description: 'Pending inbox shares of a creator in 24 h. Default: 5.',
  }),
  /** Users who may post through an unaudited app in 24 h. Default: 5. */
  unaudited_user_cap: z.int().min(0).meta({
    description: 'Users who may post through an unaudited app in 24 h. Default: 5.',
  }),
  /** Seconds from the last byte to the published post, on the emulator’s clock. Default: 2. */
  processing_seconds: z.number().min(0).max(1e7).meta({
    description:
      'Seconds from the last byte to the published post, on the emulator’s clock. Default: 2.',
  }),
  /** What becomes of a public post after processing; manual waits for a call. Default: approve. */
  moderation: z.enum(['approve', 'reject', 'manual']).meta({
    description:
      'What becomes of a public post after processing; manual waits for a call. Default: approve.',
  }),
  /** Seconds from published to publicly available, on the emulator’s clock. Default: 1. */
  moderation_seconds: z.number().min(0).max(1e7).meta({
    description:
      'Seconds from published to publicly available, on the emulator’s clock. Default: 1.',
  }),
  /** Posts, requests, violations and deliveries kept; the oldest go first. Default: 10000. */
  retain: z.int().min(1).max(1_000_000).meta({
    description:
      'Posts, requests, violations and deliveries kept; the oldest go first. Default: 10000.',
  }),
  /** Seconds that a new access token lives. Default: 7200. */
  access_token_seconds: z.int().min(1).max(1e9).meta({
    description: 'Seconds that a new access token lives. Default: 7200.',
  }),
  /** Seconds that a new refresh token lives. Default: 15552000. */
  refresh_token_seconds: z.int().min(1).max(1e10).meta({
    description: 'Seconds that a new refresh token lives. Default: 15552000.',
  }),
  /** Whether a refresh grants the full refresh lifetime again; false keeps the first end date. Default: true. */
  refresh_renews: z.boolean().meta({
    description:
      'Whether a refresh grants the full refresh lifetime again; false keeps the first end date. Default: true.',
  }),
  /** HTTP status of OAuth errors; TikTok answers 200 in practice. Default: 200. */
  oauth_error_status: z.union([z.literal(200), z.literal(400)]).meta({
    description: 'HTTP status of OAuth errors; TikTok answers 200 in practice. Default: 200.',
  }),
  /** Form of the ids in publicaly_available_post_id; single_number: no list around one. Default: number. */
  post_id_form: z.enum(['number', 'string', 'single_number']).meta({
    description:
      'Form of the ids in publicaly_available_post_id; single_number: no list around one. Default: number.',
  }),
  /** Whether a 429 carries a Retry-After header; TikTok documents none. Default: false. */
  retry_after: z.boolean().meta({
    description:
      'Whether a 429 carries a Retry-After header; TikTok documents none. Default: false.',
  }),
  /** A single chunk smaller than its video, which TikTok took until August 2026, or larger than 64 MB. Default: refuse. */
  oversized_single_chunk: z.enum(['refuse', 'accept']).meta({
    description:
      'A single chunk smaller than its video, which TikTok took until August 2026, or larger than 64 MB. Default: refuse.',
  }),
  /** Branded content posted as SELF_ONLY, for which no code is documented. Default: refuse. */
  branded_self_only: z.enum(['refuse', 'accept']).meta({
    description:
      'Branded content posted as SELF_ONLY, for which no code is documented. Default: refuse.',
  }),
  /** The middle number of an upload answer’s Content-Range, which TikTok leaves open. Default: count. */
  upload_progress_form: z.enum(['count', 'last_byte']).meta({
    description:
      'The middle number of an upload answer’s Content-Range, which TikTok leaves open. Default: count.',
  }),
  /** Whether a repeated webhook is signed anew, which TikTok leaves open. Default: fresh. */
  webhook_retry_signature: z.enum(['fresh', 'first']).meta({
    description:
      'Whether a repeated webhook is signed anew, which TikTok leaves open. Default: fresh.',
  }),
});

/** What can be changed while the emulator runs. */
export type Settings = z.output<typeof SettingsSchema>;

/** How strictly the emulator keeps to TikTok's documents. */
export type Dialect = Settings['dialect'];

/** Settings as they are without configuration, with those given. */
export function toSettings(given: Partial<Settings> = {}): Settings {
  return SettingsSchema.parse({
    dialect: 'strict',
    rate_limits: true,
    caps: true,
    daily_post_cap: 15,
    pending_share_cap: 5,
    unaudited_user_cap: 5,
    processing_seconds: 2,
    moderation: 'approve',
    moderation_seconds: 1,
    retain: 10_000,
    access_token_seconds: 7200,
    refresh_token_seconds: 15_552_000,
    refresh_renews: true,
    oauth_error_status: 200,
    post_id_form: 'number',
    retry_after: false,
    oversized_single_chunk: 'refuse',
    branded_self_only: 'refuse',
    upload_progress_form: 'count',
    webhook_retry_signature: 'fresh',
    ...given,
  } satisfies Settings);
}
