import { z } from 'zod';
import { Id, Instant } from './common.ts';

/** Whether an account can be used. */
export const AccountState = z.enum(['connected', 'reconnect_needed', 'disconnected']);

const HealthSchema = z
  .object({
    is_healthy: z.boolean(),
    reasons: z.array(
      z.object({
        code: z.string(),
        words: z.string().meta({ description: 'What is wrong.' }),
        remedy: z.string().meta({ description: 'What to do about it.' }),
        whose_move: z.string().meta({ description: 'Who has to do it.' }),
      }),
    ),
  })
  .meta({ id: 'AccountHealth', description: 'Whether an account can be used, and why not.' });

const GrantedScopeSchema = z
  .object({
    scope: z.string(),
    is_granted: z.boolean(),
    costs: z.string().nullable().meta({ description: 'What does not work without it.' }),
  })
  .meta({ id: 'AccountScope', description: 'A scope of TikTok’s, granted or not.' });

/** A TikTok account, as one TikTok app knows it. */
export const AccountSchema = z
  .object({
    id: Id,
    app_id: Id,
    open_id: z.string(),
    username: z.string().nullable(),
    display_name: z.string().nullable(),
    avatar_url: z.string().nullable(),
    displayed_at: Instant.nullable().meta({ description: 'When the name and picture were read.' }),
    state: AccountState,
    health: HealthSchema,
    scopes: z.array(GrantedScopeSchema),
    connected_at: Instant,
    state_changed_at: Instant,
    access_expires_at: Instant.nullable(),
    refresh_expires_at: Instant.nullable(),
    created_at: Instant,
  })
  .meta({ id: 'Account', description: 'A TikTok account, as one TikTok app knows it.' });
