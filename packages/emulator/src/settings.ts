import { z } from 'zod';

/** What can be changed while the emulator runs (`PATCH /_emulator/settings`). */
export const SettingsSchema = z.strictObject({
  dialect: z.enum(['strict', 'observed', 'lenient']).default('strict').meta({
    description:
      'strict: the documents. observed: what implementers report. lenient: also takes seed-style forms.',
  }),
  rate_limits: z
    .boolean()
    .default(true)
    .meta({ description: 'Whether 20/6/30/600 a minute hold.' }),
  caps: z.boolean().default(true).meta({
    description: 'Whether the caps on posts, pending shares and posting users of a day hold.',
  }),
  daily_post_cap: z.int().min(0).default(15).meta({
    description: 'Direct posts of a creator in 24 h, shared by all apps.',
  }),
  pending_share_cap: z.int().min(0).default(5).meta({
    description: 'Pending inbox shares of a creator in 24 h.',
  }),
  unaudited_user_cap: z.int().min(0).default(5).meta({
    description: 'Users who may post through an unaudited app in 24 h.',
  }),
  processing_seconds: z.number().min(0).max(1e7).default(2).meta({
    description: 'Time from the last byte to the published post, on the emulator’s clock.',
  }),
  moderation: z.enum(['approve', 'reject', 'manual']).default('approve').meta({
    description: 'What becomes of a public post after processing; manual waits for a call.',
  }),
  moderation_seconds: z.number().min(0).max(1e7).default(1).meta({
    description: 'Time from published to publicly available, on the emulator’s clock.',
  }),
  retain: z.int().min(1).max(1_000_000).default(10_000).meta({
    description: 'Posts, requests, violations and deliveries kept; the oldest go first.',
  }),
  access_token_seconds: z.int().min(1).max(1e9).default(7200).meta({
    description: 'Lifetime of a new access token.',
  }),
  refresh_token_seconds: z.int().min(1).max(1e10).default(15_552_000).meta({
    description: 'Lifetime of a new refresh token.',
  }),
  refresh_renews: z.boolean().default(true).meta({
    description:
      'Whether a refresh grants the full refresh lifetime again; false keeps the first end date.',
  }),
  oauth_error_status: z
    .union([z.literal(200), z.literal(400)])
    .default(200)
    .meta({
      description: 'HTTP status of OAuth errors; TikTok answers 200 in practice.',
    }),
  post_id_form: z.enum(['number', 'string']).default('number').meta({
    description: 'Form of the ids in publicaly_available_post_id.',
  }),
  retry_after: z.boolean().default(false).meta({
    description: 'Whether a 429 carries a Retry-After header; TikTok documents none.',
  }),
  oversized_single_chunk: z.enum(['refuse', 'accept']).default('refuse').meta({
    description: 'A single chunk smaller than its video, which TikTok took until August 2026.',
  }),
  branded_self_only: z.enum(['refuse', 'accept']).default('refuse').meta({
    description: 'Branded content posted as SELF_ONLY, for which no code is documented.',
  }),
});

/** What can be changed while the emulator runs. */
export type Settings = z.output<typeof SettingsSchema>;

/** How strictly the emulator keeps to TikTok's documents. */
export type Dialect = Settings['dialect'];

/** Settings as they are without configuration, with those given. */
export function toSettings(given: Partial<Settings> = {}): Settings {
  return SettingsSchema.parse(given);
}
