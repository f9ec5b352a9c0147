import { z } from 'zod';
import { operation } from '../operation.ts';
import { AccountSchema } from '../schemas/account.ts';
import { Id, IdParams, Instant } from '../schemas/common.ts';

const Flow = z.enum(['web', 'desktop']);

const connection = {
  id: Id,
  app_id: Id,
  account_id: Id.nullable().meta({ description: 'The account that is to be connected again.' }),
  flow: Flow,
  redirect_uri: z.string(),
  scopes: z.array(z.string()),
  state: z.enum(['waiting', 'connected', 'refused', 'failed', 'expired']),
  outcome_code: z.string().nullable().meta({ description: 'TikTok’s or our code of a failure.' }),
  words: z.string().nullable().meta({ description: 'What happened and what to do, in words.' }),
  created_at: Instant,
  expires_at: Instant,
  connected_account_id: Id.nullable().meta({ description: 'The account that was connected.' }),
};

const ConnectionSchema = z
  .object(connection)
  .meta({ id: 'Connection', description: 'An attempt to connect an account.' });

const StartedConnectionSchema = z
  .object({
    ...connection,
    authorize_url: z.string().nullable().meta({
      description:
        'Where the creator consents. It carries the single-use `state`, so it is shown once: `null` when the answer is a replay.',
    }),
  })
  .meta({ id: 'StartedConnection', description: 'A connection that has begun.' });

const tiktokText = z.string().max(2000).optional();

/** Operations on connections: the way of an account into the workspace. */
export const connectionOperations = {
  /** Begins to connect an account, and gives the address of TikTok’s consent page. */
  startConnection: operation({
    id: 'startConnection',
    method: 'POST',
    path: '/connections',
    summary: 'Begins to connect an account, and gives the address of TikTok’s consent page.',
    body: z.strictObject({
      flow: Flow.default('web'),
      app_id: Id.optional().meta({
        description: 'Default: the workspace’s only app, else the installation’s.',
      }),
      account_id: Id.optional().meta({ description: 'The account that is to be connected again.' }),
      scopes: z
        .array(z.string().regex(/^[a-z][a-z0-9._]{0,99}$/))
        .min(1)
        .max(20)
        .optional()
        .meta({ description: 'Scopes to ask for; default: all that Greenroom can use.' }),
      redirect_uri: z
        .url({ protocol: /^http$/ })
        .max(511)
        .optional()
        .meta({ description: 'Desktop flow only: where the caller listens on loopback.' }),
    }),
    answers: { 201: StartedConnectionSchema },
    problems: ['app-missing', 'not-found'],
    creates: true,
    onceFields: ['authorize_url'],
  }),
  /** Shows how far a connection is. */
  getConnection: operation({
    id: 'getConnection',
    method: 'GET',
    path: '/connections/{id}',
    summary: 'Shows how far a connection is.',
    params: IdParams,
    answers: { 200: ConnectionSchema },
    problems: [],
  }),
  /** Completes a connection with what TikTok brought to the redirect. */
  completeConnection: operation({
    id: 'completeConnection',
    method: 'POST',
    path: '/connections/complete',
    summary: 'Completes a connection with what TikTok brought to the redirect.',
    description: 'Takes the parameters of TikTok’s redirect, decoded once.',
    body: z.strictObject({
      state: z.string().min(1).max(200),
      code: tiktokText,
      scopes: tiktokText,
      error: tiktokText,
      error_description: tiktokText,
      error_type: tiktokText,
      errCode: tiktokText,
      log_id: tiktokText,
      logid: tiktokText,
    }),
    answers: { 200: AccountSchema },
    problems: [
      'connection-unknown',
      'connection-used',
      'connection-expired',
      'connection-refused',
      'account-connected-elsewhere',
      'account-other-identity',
      'app-missing',
      'tiktok-rate-limited',
      'tiktok-refused',
      'tiktok-answer-malformed',
      'tiktok-unavailable',
      'tiktok-timeout',
    ],
  }),
};
