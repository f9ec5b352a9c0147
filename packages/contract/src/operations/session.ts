import { z } from 'zod';
import { operation } from '../operation.ts';
import { newPassword, PersonSchema, WorkspaceOfPersonSchema } from '../schemas/people.ts';

/** The browser session of a person. */
const SessionSchema = z
  .object({
    person: PersonSchema,
    workspaces: z.array(WorkspaceOfPersonSchema),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'Session', description: 'Who is signed in, and the workspaces of that person.' });

/** Operations on the browser session. */
export const sessionOperations = {
  /** Tells who is signed in. */
  getSession: operation({
    id: 'getSession',
    method: 'GET',
    path: '/session',
    summary: 'Tells who is signed in.',
    answers: { 200: SessionSchema },
    problems: [],
  }),
  /** Signs a person in; the session is a cookie. */
  signIn: operation({
    id: 'signIn',
    method: 'POST',
    path: '/session',
    summary: 'Signs a person in; the session is a cookie.',
    body: z.strictObject({
      email: z.email().max(254),
      password: z.string().min(1).max(1000),
    }),
    answers: { 200: SessionSchema },
    problems: ['sign-in-failed', 'too-many-sign-ins', 'cross-site'],
  }),
  /** Ends the session. */
  signOut: operation({
    id: 'signOut',
    method: 'DELETE',
    path: '/session',
    summary: 'Ends the session.',
    answers: { 204: null },
    problems: [],
  }),
  /** Changes the password and ends every other session of the person. */
  changePassword: operation({
    id: 'changePassword',
    method: 'PUT',
    path: '/session/password',
    summary: 'Changes the password and ends every other session of the person.',
    body: z.strictObject({
      current_password: z.string().min(1).max(1000).meta({ format: 'password' }),
      new_password: newPassword,
    }),
    answers: { 204: null },
    problems: ['sign-in-failed', 'too-many-sign-ins', 'weak-password'],
  }),
};
