import { z } from 'zod';
import { FaultRuleInputSchema, FaultRuleSchema } from '../gateway/faults.ts';
import { SettingsSchema } from '../state/settings.ts';
import { operation } from './operation.ts';
import * as schema from './schemas.ts';

/** Every call of the control API. Routes, OpenAPI document and client are made from this table. */
export const operations = {
  reset: operation('POST', '/reset', { summary: 'Goes back to the seed.' }),
  getState: operation('GET', '/state', {
    summary: 'Dialect, clock, settings and counts.',
    answer: z.object({
      dialect: SettingsSchema.shape.dialect,
      clock: schema.ClockSchema,
      settings: SettingsSchema,
      counts: z.record(z.string(), z.number()),
    }),
  }),
  patchSettings: operation('PATCH', '/settings', {
    summary: 'Changes settings; what is left out keeps its value.',
    body: SettingsSchema.partial(),
    answer: SettingsSchema,
  }),
  moveClock: operation('POST', '/clock', {
    summary: 'Moves the clock forward, or freezes it; what becomes due happens in order.',
    body: schema.ClockInput,
    answer: schema.ClockSchema,
  }),
  waitIdle: operation('POST', '/idle', {
    summary:
      'Answers once no pull, processing or delivery is under way or due; 409 if that takes too long.',
    refusals: [409],
    body: z.strictObject({
      advance: z.boolean().default(false).meta({
        description: 'Moves the clock from event to event instead of waiting.',
      }),
      timeout_seconds: z.number().positive().max(600).default(30).meta({
        description: 'Real time after which it gives up with 409.',
      }),
    }),
    answer: schema.ClockSchema,
  }),
  listApps: operation('GET', '/apps', {
    summary: 'The apps.',
    answer: z.object({ apps: z.array(schema.AppSchema) }),
  }),
  putApp: operation('PUT', '/apps/{client_key}', {
    summary: 'Makes or changes an app; what is left out keeps its value.',
    body: schema.AppInput,
    answer: schema.AppSchema,
  }),
  listCreators: operation('GET', '/creators', {
    summary: 'The creators.',
    answer: z.object({ creators: z.array(schema.CreatorSchema) }),
  }),
  putCreator: operation('PUT', '/creators/{username}', {
    summary: 'Makes or changes a creator; what is left out keeps its value.',
    body: schema.CreatorInput,
    answer: schema.CreatorSchema,
  }),
  act: operation('POST', '/creators/{username}/acts', {
    summary: 'Does what a creator would do in TikTok’s own app.',
    refusals: [404],
    body: schema.ActInput,
    answer: schema.ActResult,
  }),
  createToken: operation('POST', '/tokens', {
    summary: 'TikTok’s token answer, without a browser.',
    refusals: [404],
    body: z.strictObject({
      client_key: z.string(),
      username: z.string(),
      scopes: z.array(z.string()).min(1).optional().meta({
        description: 'Default: all that are enabled for the app.',
      }),
    }),
    answer: schema.TokenAnswerSchema,
  }),
  decideConsent: operation('POST', '/consents', {
    summary: 'Decides an authorize request as a person would, without a browser.',
    refusals: [404],
    body: z.strictObject({
      authorize_url: z.string(),
      username: z.string(),
      scopes: z.array(z.string()).optional().meta({ description: 'Default: all asked.' }),
      decision: z.enum(['allow', 'deny']).default('allow'),
    }),
    answer: z.object({
      redirect_url: z.string().meta({ description: 'Where the browser would go.' }),
    }),
  }),
  actOnQrLogin: operation('POST', '/qr_logins', {
    summary: 'Scans, confirms or denies a QR login as the phone would.',
    refusals: [404],
    body: schema.QrActInput,
    answer: z.object({ status: z.enum(['new', 'scanned', 'confirmed', 'expired', 'utilised']) }),
  }),
  addFault: operation('POST', '/faults', {
    summary: 'Adds a fault rule.',
    body: FaultRuleInputSchema,
    answer: FaultRuleSchema,
  }),
  listFaults: operation('GET', '/faults', {
    summary: 'The fault rules in force.',
    answer: z.object({ faults: z.array(FaultRuleSchema) }),
  }),
  deleteFault: operation('DELETE', '/faults/{id}', {
    summary: 'Deletes a fault rule.',
    refusals: [404],
  }),
  listRequests: operation('GET', '/requests', {
    summary: 'Requests to TikTok’s endpoints, oldest first.',
    query: schema.AfterQuery,
    answer: z.object({ requests: z.array(schema.RequestSchema) }),
  }),
  listPosts: operation('GET', '/posts', {
    summary: 'Posts, oldest first.',
    query: schema.AfterQuery,
    answer: z.object({ posts: z.array(schema.PostSchema) }),
  }),
  moderatePost: operation('POST', '/posts/{publish_id}/moderate', {
    summary: 'Approves, rejects or removes a post.',
    refusals: [404],
    body: z.strictObject({ result: z.enum(['approve', 'reject', 'remove']) }),
    answer: schema.PostSchema,
  }),
  listViolations: operation('GET', '/violations', {
    summary: 'Rules that clients broke, oldest first.',
    query: schema.AfterQuery,
    answer: z.object({ violations: z.array(schema.ViolationSchema) }),
  }),
  listWebhooks: operation('GET', '/webhooks', {
    summary: 'Webhook events and the attempts to deliver them, oldest first.',
    query: schema.AfterQuery,
    answer: z.object({ webhooks: z.array(schema.WebhookSchema) }),
  }),
  sendWebhook: operation('POST', '/webhooks', {
    summary: 'Sends an app any event, as the test button of TikTok’s console does.',
    refusals: [404],
    body: schema.WebhookInput,
    answer: schema.WebhookSchema,
  }),
  getSnapshot: operation('GET', '/snapshot', {
    summary: 'The whole state.',
    answer: schema.SnapshotSchema,
  }),
  putSnapshot: operation('PUT', '/snapshot', {
    summary: 'Goes back to a whole state.',
    body: schema.SnapshotSchema,
    answer: schema.SnapshotSchema,
  }),
  getCaCertificate: operation('GET', '/ca_certificate', {
    summary: 'Certificate of the throw-away authority, when the emulator speaks TLS.',
    refusals: [404],
    answer: z.object({ pem: z.string() }),
  }),
  getOpenApi: operation('GET', '/openapi.json', {
    summary: 'This description.',
    answer: z.looseObject({ openapi: z.string() }),
  }),
} as const;

/** Name of a call of the control API. */
export type OperationName = keyof typeof operations;
