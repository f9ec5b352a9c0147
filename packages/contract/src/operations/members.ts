import { z } from 'zod';
import { operation } from '../operation.ts';
import { Instant, PageQuery, pageOf, RoleSchema } from '../schemas/common.ts';

const MemberSchema = z
  .object({
    person_id: z.string(),
    name: z.string(),
    email: z.string(),
    role: RoleSchema,
    created_at: Instant,
  })
  .meta({ id: 'Member', description: 'A person in a workspace.' });

const MemberParams = z.strictObject({ person_id: z.string().min(1).max(100) });

/** Operations on the members of a workspace. */
export const memberOperations = {
  /** Lists the members of the workspace. */
  listMembers: operation({
    id: 'listMembers',
    method: 'GET',
    path: '/members',
    summary: 'Lists the members of the workspace.',
    query: PageQuery,
    answers: { 200: pageOf(MemberSchema) },
    problems: [],
  }),
  /** Gives a member another role. */
  updateMember: operation({
    id: 'updateMember',
    method: 'PATCH',
    path: '/members/{person_id}',
    summary: 'Gives a member another role.',
    params: MemberParams,
    body: z.strictObject({ role: RoleSchema }),
    answers: { 200: MemberSchema },
    problems: ['last-owner'],
  }),
  /** Removes a member from the workspace. */
  removeMember: operation({
    id: 'removeMember',
    method: 'DELETE',
    path: '/members/{person_id}',
    summary: 'Removes a member from the workspace.',
    params: MemberParams,
    answers: { 204: null },
    problems: ['last-owner'],
  }),
};
