import { z } from 'zod';
import { operation } from '../operation.ts';
import { Id, IdParams, Instant, Name, PageQuery, pageOf } from '../schemas/common.ts';

/** What TikTok lets an app do; only who runs the app knows. */
const standing = {
  is_audited: z.boolean().nullable().meta({
    description:
      'Whether TikTok has audited the app for Direct Post. One that it has not posts for 5 users in 24 hours, to private accounts. `null`: nobody has said.',
  }),
  daily_users: z.int().min(1).max(1_000_000).nullable().meta({
    description:
      'Users for whom TikTok lets the app post in 24 hours; an audited app has the number of its audit form. `null`: nobody has said.',
  }),
};

const AppSchema = z
  .object({
    id: Id,
    name: z.string(),
    client_key: z.string(),
    belongs_to: z.enum(['workspace', 'installation']).meta({
      description: 'Only a workspace’s own app can be changed through the API.',
    }),
    is_audited: standing.is_audited,
    daily_users: standing.daily_users,
    redirect_uri: z.string().meta({ description: 'What to register at TikTok as redirect URI.' }),
    created_at: Instant,
    updated_at: Instant,
  })
  .meta({ id: 'App', description: 'A TikTok app; its secret is never shown.' });

const ClientSecret = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .meta({ description: 'Sealed at once and never shown again.', format: 'password' });

/** Operations on TikTok apps. */
export const appOperations = {
  /** Lists the TikTok apps that accounts can be connected through. */
  listApps: operation({
    id: 'listApps',
    method: 'GET',
    path: '/apps',
    summary: 'Lists the TikTok apps that accounts can be connected through.',
    query: PageQuery,
    answers: { 200: pageOf(AppSchema) },
    problems: [],
  }),
  /** Registers a TikTok app of the workspace. */
  createApp: operation({
    id: 'createApp',
    method: 'POST',
    path: '/apps',
    summary: 'Registers a TikTok app of the workspace.',
    body: z.strictObject({
      name: Name,
      client_key: z.string().trim().min(1).max(100),
      client_secret: ClientSecret,
      is_audited: standing.is_audited.default(null),
      daily_users: standing.daily_users.default(null),
    }),
    answers: { 201: AppSchema },
    problems: ['app-key-taken'],
    creates: true,
  }),
  /** Changes a TikTok app of the workspace: its name, its secret, what TikTok lets it do. */
  updateApp: operation({
    id: 'updateApp',
    method: 'PATCH',
    path: '/apps/{id}',
    summary: 'Changes a TikTok app of the workspace: its name, its secret, what TikTok lets it do.',
    params: IdParams,
    body: z.strictObject({
      name: Name.optional(),
      client_secret: ClientSecret.optional(),
      is_audited: standing.is_audited.optional(),
      daily_users: standing.daily_users.optional(),
    }),
    answers: { 200: AppSchema },
    problems: [],
  }),
  /** Deletes a TikTok app of the workspace. */
  deleteApp: operation({
    id: 'deleteApp',
    method: 'DELETE',
    path: '/apps/{id}',
    summary: 'Deletes a TikTok app of the workspace.',
    params: IdParams,
    answers: { 204: null },
    problems: ['app-in-use'],
  }),
};
