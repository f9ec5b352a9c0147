import { z } from 'zod';
import { operation } from '../operation.ts';
import { Id, IdParams, Instant, PageQuery, pageOf, RoleSchema } from '../schemas/common.ts';
import { NewPersonSchema, PersonSchema, WorkspaceOfPersonSchema } from '../schemas/people.ts';

const invitation = {
  id: Id,
  role: RoleSchema,
  state: z.enum(['open', 'used', 'revoked', 'expired']),
  created_by: z.string(),
  created_at: Instant,
  expires_at: Instant,
};

const InvitationSchema = z
  .object(invitation)
  .meta({ id: 'Invitation', description: 'A one-time invitation into a workspace.' });

const CreatedInvitationSchema = z
  .object({
    ...invitation,
    url: z.string().nullable().meta({
      description: 'The one-time link, shown once; `null` when the answer is a replay.',
    }),
  })
  .meta({ id: 'CreatedInvitation', description: 'An invitation and its one-time link.' });

/** Operations on invitations. */
export const invitationOperations = {
  /** Invites somebody; the link is shown once. */
  createInvitation: operation({
    id: 'createInvitation',
    method: 'POST',
    path: '/invitations',
    summary: 'Invites somebody; the link is shown once.',
    body: z.strictObject({ role: RoleSchema }),
    answers: { 201: CreatedInvitationSchema },
    problems: [],
    creates: true,
    onceFields: ['url'],
  }),
  /** Lists the invitations of the workspace, newest first. */
  listInvitations: operation({
    id: 'listInvitations',
    method: 'GET',
    path: '/invitations',
    summary: 'Lists the invitations of the workspace, newest first.',
    query: PageQuery,
    answers: { 200: pageOf(InvitationSchema) },
    problems: [],
  }),
  /** Revokes an invitation. */
  revokeInvitation: operation({
    id: 'revokeInvitation',
    method: 'DELETE',
    path: '/invitations/{id}',
    summary: 'Revokes an invitation.',
    params: IdParams,
    answers: { 204: null },
    problems: ['conflict'],
  }),
  /** Joins a workspace with an invitation, as a new person or as the one who is signed in. */
  acceptInvitation: operation({
    id: 'acceptInvitation',
    method: 'POST',
    path: '/invitations/accept',
    summary:
      'Joins a workspace with an invitation, as a new person or as the one who is signed in.',
    body: z.strictObject({
      token: z.string().min(1).max(200).meta({ description: 'What follows `#` in the link.' }),
      person: NewPersonSchema.optional().meta({
        description: 'Who joins; without it, the person who is signed in.',
      }),
    }),
    answers: { 201: z.object({ person: PersonSchema, workspace: WorkspaceOfPersonSchema }) },
    problems: ['invitation-unusable', 'email-taken', 'already-member', 'weak-password'],
  }),
};
