import { z } from 'zod';
import { operation } from '../operation.ts';
import { Id, IdParams, Instant, Name, PageQuery, pageOf } from '../schemas/common.ts';

const AppSchema = z
  .object({
    id: Id,
    name: z.string(),
    client_key: z.string(),
    belongs_to: z.enum(['workspace', 'installation']).meta({
      description: 'Only a workspace’s own app can be changed through the API.',
    }),
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
    }),
    answers: { 201: AppSchema },
    problems: ['app-key-taken'],
    creates: true,
  }),
  /** Renames a TikTok app of the workspace, or gives it another secret. */
  updateApp: operation({
    id: 'updateApp',
    method: 'PATCH',
    path: '/apps/{id}',
    summary: 'Renames a TikTok app of the workspace, or gives it another secret.',
    params: IdParams,
    body: z.strictObject({ name: Name.optional(), client_secret: ClientSecret.optional() }),
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
