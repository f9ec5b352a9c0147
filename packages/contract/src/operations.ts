import { accountOperations } from './operations/accounts.ts';
import { activityOperations } from './operations/activity.ts';
import { alertOperations } from './operations/alerts.ts';
import { apiKeyOperations } from './operations/api-keys.ts';
import { appOperations } from './operations/apps.ts';
import { connectionOperations } from './operations/connections.ts';
import { importOperations } from './operations/imports.ts';
import { invitationOperations } from './operations/invitations.ts';
import { mediaOperations } from './operations/media.ts';
import { memberOperations } from './operations/members.ts';
import { postOperations } from './operations/posts.ts';
import { publishingOperations } from './operations/publishing.ts';
import { sessionOperations } from './operations/session.ts';
import { webhookOperations } from './operations/webhooks.ts';
import { workspaceOperations } from './operations/workspaces.ts';

/**
 * Every operation of Greenroom's HTTP API, by its name. Routes, OpenAPI document and client are made
 * of this table; nothing else describes the API.
 */
export const operations = {
  ...sessionOperations,
  ...workspaceOperations,
  ...memberOperations,
  ...invitationOperations,
  ...apiKeyOperations,
  ...appOperations,
  ...connectionOperations,
  ...accountOperations,
  ...mediaOperations,
  ...postOperations,
  ...importOperations,
  ...publishingOperations,
  ...webhookOperations,
  ...alertOperations,
  ...activityOperations,
};

/** The table of operations. */
export type Operations = typeof operations;

/** Name of an operation. */
export type OperationId = keyof Operations;

/** Where the operations are. */
export const API_BASE_PATH = '/api/v1';
