import { z } from 'zod';
import { Id, Name, RoleSchema } from './common.ts';

/** A person of the installation. */
export const PersonSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
  })
  .meta({ id: 'Person', description: 'A person of the installation.' });

/** A workspace, as one of its members sees it. */
export const WorkspaceOfPersonSchema = z
  .object({ id: Id, name: z.string(), role: RoleSchema })
  .meta({ id: 'WorkspaceOfPerson', description: 'A workspace and the person’s role in it.' });

/** A password that a person chooses. */
export const newPassword = z
  .string()
  .min(12)
  .max(1000)
  .meta({ description: 'At least 12 characters.', format: 'password' });

/** What somebody who joins as a new person says of herself or himself. */
export const NewPersonSchema = z.strictObject({
  name: Name,
  email: z.email().max(254),
  password: newPassword,
});
