import type { Client, Operations, OutputOf } from '@greenroom/contract';
import type { CliContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import type { PostInput } from './post-types.ts';

/** A post without its account. */
export type Draft = Omit<PostInput, 'account_id' | 'schedule'>;

/** An account that a post is for. */
export interface Recipient {
  readonly id: string;
  /** As somebody typed it. */
  readonly name: string;
}

/**
 * Has Greenroom judge a draft for every account that it is for, and gives the declaration that a person must agree
 * to; null: none. Media that are not there yet are not judged.
 *
 * @throws {CommandError} If the post breaks a rule as it stands, for any of them.
 */
export type Judge = (draft: Draft) => Promise<string | null>;

/** Makes a judge. A draft is judged again when more of it is there, and what a person should know of it is said once. */
export function createJudge(
  { output }: Pick<CliContext, 'output'>,
  api: Client,
  accounts: readonly Recipient[],
): Judge {
  const isForSeveral = accounts.length > 1;
  const said = new Set<string>();
  return async (draft) => {
    let declaration: string | null = null;
    for (const { id: account_id, name } of accounts) {
      const found = await api.validatePost({ ...draft, account_id }, { timeoutMs: 60_000 });
      const problems = found.problems.filter(
        ({ pointer }) => draft.media !== undefined || !pointer.startsWith('/media'),
      );
      const blocking = problems.find(({ is_blocking }) => is_blocking);
      if (blocking !== undefined) throw refuse(blocking, isForSeveral ? name : undefined);
      for (const advice of problems) {
        const words = toWords(advice, isForSeveral ? name : undefined);
        if (!said.has(words)) output.talk(words);
        said.add(words);
      }
      declaration = found.required_declaration;
    }
    return declaration;
  };
}

type Problem = OutputOf<Operations['validatePost']>['problems'][number];

function refuse({ words, remedy }: Problem, name: string | undefined): CommandError {
  const whom = name === undefined ? '' : ` for ${name}, so nothing was posted`;
  return new CommandError(`It cannot be posted so${whom}: ${words}`, {
    ...(remedy === null ? {} : { remedy }),
  });
}

/** What is so for one account says for which; all else is so for every account. */
function toWords({ pointer, remedy, words }: Problem, name: string | undefined): string {
  const whose = name !== undefined && pointer === '/account_id' ? `${name}: ` : '';
  return `${whose}${words}${remedy === null ? '' : ` ${remedy}`}`;
}
