import { z } from 'zod';
import { operation } from '../operation.ts';
import { Id, Instant, Name, PageQuery, pageOf } from '../schemas/common.ts';
import { WorkspaceOfPersonSchema } from '../schemas/people.ts';

const WorkspaceSchema = z
  .object({ id: Id, name: z.string(), created_at: Instant })
  .meta({ id: 'Workspace', description: 'A workspace: its members share accounts and posts.' });

/** Operations on workspaces. */
export const workspaceOperations = {
  /** Lists the workspaces of the person who is signed in. */
  listWorkspaces: operation({
    id: 'listWorkspaces',
    method: 'GET',
    path: '/workspaces',
    summary: 'Lists the workspaces of the person who is signed in.',
    query: PageQuery,
    answers: { 200: pageOf(WorkspaceOfPersonSchema) },
    problems: [],
  }),
  /** Makes a workspace; who makes it becomes its owner. */
  createWorkspace: operation({
    id: 'createWorkspace',
    method: 'POST',
    path: '/workspaces',
    summary: 'Makes a workspace; who makes it becomes its owner.',
    body: z.strictObject({ name: Name }),
    answers: { 201: WorkspaceSchema },
    problems: [],
    creates: true,
  }),
  /** Shows the workspace that the request works in. */
  getWorkspace: operation({
    id: 'getWorkspace',
    method: 'GET',
    path: '/workspace',
    summary: 'Shows the workspace that the request works in.',
    answers: { 200: WorkspaceSchema },
    problems: [],
  }),
  /** Changes the workspace that the request works in. */
  updateWorkspace: operation({
    id: 'updateWorkspace',
    method: 'PATCH',
    path: '/workspace',
    summary: 'Changes the workspace that the request works in.',
    body: z.strictObject({ name: Name }),
    answers: { 200: WorkspaceSchema },
    problems: [],
  }),
  /** Leaves the workspace that the request works in. */
  leaveWorkspace: operation({
    id: 'leaveWorkspace',
    method: 'DELETE',
    path: '/workspace/membership',
    summary: 'Leaves the workspace that the request works in.',
    description: 'API keys that the person made in it are revoked.',
    answers: { 204: null },
    problems: ['last-owner'],
  }),
};
