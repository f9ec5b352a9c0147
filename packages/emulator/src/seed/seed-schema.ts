import { z } from 'zod';
import { LAST_INSTANT } from '../clock/last-instant.ts';
import { AppInput, CreatorInput, Name } from '../control/schemas.ts';
import { FaultRuleInputSchema } from '../gateway/faults.ts';
import { SettingsSchema } from '../state/settings.ts';

const count = z.int().min(0).max(2_000_000_000);

/** A video that a creator had posted before the emulator started. */
const VideoInput = z.strictObject({
  username: z.string(),
  id: z
    .string()
    .regex(/^\d{1,19}$/, 'must be up to 19 digits in quotes')
    .optional(),
  media_type: z.enum(['VIDEO', 'PHOTO']).optional(),
  /** UTC seconds; default: now. */
  create_time: z
    .int()
    .min(0)
    .max(LAST_INSTANT / 1000)
    .optional()
    .meta({ description: 'UTC seconds; default: now.' }),
  title: z.string().max(150).optional(),
  video_description: z.string().max(150).optional(),
  /** Seconds. */
  duration: z.int().min(1).optional().meta({ description: 'Seconds.' }),
  width: z.int().min(1).optional(),
  height: z.int().min(1).optional(),
  is_aigc: z.boolean().optional(),
  is_public: z.boolean().optional(),
  like_count: count.optional(),
  comment_count: count.optional(),
  share_count: count.optional(),
  view_count: z.int().min(0).optional(),
});

/** What a seed may hold; its fields are those of the control API. */
export const SeedSchema = z.strictObject({
  settings: SettingsSchema.partial().optional(),
  clock: z
    .strictObject({
      now: z.iso
        .datetime({ offset: true })
        .refine((now) => Date.parse(now) >= 0, 'must be 1970 or later')
        .optional(),
      frozen: z.boolean().optional(),
    })
    .optional(),
  apps: z.array(AppInput.extend({ client_key: Name })).optional(),
  creators: z.array(CreatorInput.extend({ username: Name })).optional(),
  videos: z.array(VideoInput).optional(),
  faults: z.array(FaultRuleInputSchema).optional(),
});

/** What a seed may hold; its fields are those of the control API. */
export type SeedInput = z.input<typeof SeedSchema>;
