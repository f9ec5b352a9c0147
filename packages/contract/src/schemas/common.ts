import { z } from 'zod';
import { roles, type Scope, scopeRoles } from '../access.ts';

/** Id of something of Greenroom's. */
export const Id = z.uuid().meta({ description: 'Id of something of Greenroom’s.' });

/** An instant, in ISO 8601 and UTC. */
export const Instant = z.iso
  .datetime()
  .meta({ description: 'An instant, in ISO 8601 and UTC.', example: '2026-11-21T16:00:00.000Z' });

/** Name that people give to something. It is printed to terminals and logs, where control characters would be obeyed. */
export const Name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  // Not \p{Cc}: readers of the OpenAPI document know patterns of many kinds.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are named to be refused
  .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, 'Takes no control characters.');

/** Role of a person in a workspace. */
export const RoleSchema = z.enum(roles).meta({ id: 'Role', description: 'Role of a person.' });

/** Something that an API key may be allowed. */
export const ScopeSchema = z
  // The keys of the table are its scopes; Object.keys widens them to string.
  .enum(Object.keys(scopeRoles) as [Scope, ...Scope[]])
  .meta({ id: 'Scope', description: 'Something that an API key may be allowed.' });

/** The path of something that has an id. */
export const IdParams = z.strictObject({ id: Id });

/** What every list takes: a page at a time. */
export const pageQuery = {
  /** Entries of a page. */
  limit: z.coerce
    .number<number | string>()
    .int()
    .min(1)
    .max(100)
    .default(50)
    .meta({ description: 'Entries of a page.' }),
  /** `next_cursor` of the page before. */
  cursor: z.string().min(1).max(500).optional().meta({
    description: 'The `next_cursor` of the page before; without it, the first page.',
  }),
};

/** A list’s query without filters. */
export const PageQuery = z.strictObject(pageQuery);

/** A page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next_cursor: z
      .string()
      .nullable()
      .meta({ description: 'Leads to the next page; `null` on the last one.' }),
  });
}
