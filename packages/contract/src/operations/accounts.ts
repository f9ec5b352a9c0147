import { z } from 'zod';
import { operation } from '../operation.ts';
import { AccountSchema, AccountState } from '../schemas/account.ts';
import { IdParams, Instant, pageOf, pageQuery } from '../schemas/common.ts';

const CreatorInfoSchema = z
  .object({
    creator_avatar_url: z.string().nullable(),
    creator_username: z.string(),
    creator_nickname: z.string(),
    privacy_level_options: z.array(z.string()),
    comment_disabled: z.boolean(),
    duet_disabled: z.boolean(),
    stitch_disabled: z.boolean(),
    max_video_post_duration_sec: z.number(),
    fetched_at: Instant,
  })
  .meta({ id: 'CreatorInfo', description: 'What a creator may do right now, asked of TikTok.' });

// What a call to TikTok for an account may end in.
const TIKTOK_PROBLEMS = [
  'account-not-connected',
  'tiktok-rate-limited',
  'tiktok-refused',
  'tiktok-answer-malformed',
  'tiktok-unavailable',
  'tiktok-timeout',
] as const;

/** Operations on connected accounts. */
export const accountOperations = {
  /** Lists the accounts of the workspace, newest first. */
  listAccounts: operation({
    id: 'listAccounts',
    method: 'GET',
    path: '/accounts',
    summary: 'Lists the accounts of the workspace, newest first.',
    query: z.strictObject({ ...pageQuery, state: AccountState.optional() }),
    answers: { 200: pageOf(AccountSchema) },
    problems: [],
  }),
  /** Shows an account. */
  getAccount: operation({
    id: 'getAccount',
    method: 'GET',
    path: '/accounts/{id}',
    summary: 'Shows an account.',
    params: IdParams,
    answers: { 200: AccountSchema },
    problems: [],
  }),
  /** Gets new tokens and display fields for an account now. */
  refreshAccount: operation({
    id: 'refreshAccount',
    method: 'POST',
    path: '/accounts/{id}/refresh',
    summary: 'Gets new tokens and display fields for an account now.',
    params: IdParams,
    answers: { 200: AccountSchema },
    problems: TIKTOK_PROBLEMS,
  }),
  /** Disconnects an account: its tokens are revoked at TikTok and deleted here. */
  disconnectAccount: operation({
    id: 'disconnectAccount',
    method: 'POST',
    path: '/accounts/{id}/disconnect',
    summary: 'Disconnects an account: its tokens are revoked at TikTok and deleted here.',
    description: 'It works whatever TikTok says, and once more does nothing.',
    params: IdParams,
    answers: { 200: AccountSchema },
    problems: [],
  }),
  /** Asks TikTok what the creator may do right now. */
  getCreatorInfo: operation({
    id: 'getCreatorInfo',
    method: 'GET',
    path: '/accounts/{id}/creator-info',
    summary: 'Asks TikTok what the creator may do right now.',
    description: 'Always fresh: it fails rather than answer what was true earlier.',
    params: IdParams,
    answers: { 200: CreatorInfoSchema },
    problems: ['scope-not-granted', 'account-refused', ...TIKTOK_PROBLEMS],
  }),
};
