import type { Client } from '@greenroom/contract';
import { CommandError } from './errors.ts';

/**
 * The id of the account that somebody means: an id as it is, or the handle of exactly one account.
 *
 * @throws {CommandError} If no account, or more than one, has the handle.
 */
export async function findId(api: Client, text: string): Promise<string> {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text;
  const handle = text.replace(/^@/, '').toLowerCase();
  const ids: string[] = [];
  for await (const { id, username } of api.each.listAccounts()) {
    if (username?.toLowerCase() === handle) ids.push(id);
  }
  const [only] = ids;
  if (only !== undefined && ids.length === 1) return only;
  const remedy = 'See "greenroom accounts list".';
  if (only === undefined) throw new CommandError(`There is no account @${handle}.`, { remedy });
  throw new CommandError(`Several accounts are called @${handle}: ${ids.join(', ')}.`, {
    remedy: 'Name one by its id.',
  });
}
