import { z } from 'zod';
import { operation } from '../operation.ts';
import { Id, IdParams, Instant, Name, PageQuery, pageOf, ScopeSchema } from '../schemas/common.ts';

const apiKey = {
  id: Id,
  name: z.string(),
  token_end: z.string().meta({ description: 'The key’s last characters, to tell keys apart.' }),
  scopes: z.array(ScopeSchema),
  created_by: z.string(),
  created_at: Instant,
  expires_at: Instant.nullable(),
  last_used_at: Instant.nullable(),
  revoked_at: Instant.nullable(),
};

const ApiKeySchema = z
  .object(apiKey)
  .meta({ id: 'ApiKey', description: 'An API key, without the key itself.' });

const CreatedApiKeySchema = z
  .object({
    ...apiKey,
    token: z.string().nullable().meta({
      description: 'The key, shown once; `null` when the answer is a replay.',
    }),
  })
  .meta({ id: 'CreatedApiKey', description: 'A new API key.' });

/** Operations on API keys. */
export const apiKeyOperations = {
  /** Lists the API keys of the workspace, newest first. */
  listApiKeys: operation({
    id: 'listApiKeys',
    method: 'GET',
    path: '/api-keys',
    summary: 'Lists the API keys of the workspace, newest first.',
    query: PageQuery,
    answers: { 200: pageOf(ApiKeySchema) },
    problems: [],
  }),
  /** Makes an API key; the key is shown once. */
  createApiKey: operation({
    id: 'createApiKey',
    method: 'POST',
    path: '/api-keys',
    summary: 'Makes an API key; the key is shown once.',
    description: 'It can be given only scopes that the caller’s own role or key covers.',
    body: z.strictObject({
      name: Name,
      scopes: z.array(ScopeSchema).min(1).max(20),
      expires_in_days: z.int().min(1).max(3650).optional().meta({
        description: 'Days until it expires; without it, it does not.',
      }),
    }),
    answers: { 201: CreatedApiKeySchema },
    problems: [],
    creates: true,
    onceFields: ['token'],
  }),
  /** Revokes an API key. */
  revokeApiKey: operation({
    id: 'revokeApiKey',
    method: 'DELETE',
    path: '/api-keys/{id}',
    summary: 'Revokes an API key.',
    params: IdParams,
    answers: { 204: null },
    problems: [],
  }),
};
