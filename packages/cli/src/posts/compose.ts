import type { Client } from '@greenroom/contract';
import { canAsk } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import { askChoices } from './ask-choices.ts';
import { askConsent } from './ask-consent.ts';
import { type ChoiceOptions, type Choices, listMissing, toChoices } from './choices.ts';
import type { CreatorInfo, PostInput } from './post-types.ts';

/** A post that is composed on the command line, once for each account. */
export interface Composing {
  readonly accountIds: readonly string[];
  /** All but its account. Without media they are not judged yet. */
  readonly draft: Draft;
  /** What was chosen already. */
  readonly choices: ChoiceOptions;
  /** Whether the person has agreed already. */
  readonly agree: boolean;
}

/** A post without its account. */
export type Draft = Omit<PostInput, 'account_id' | 'schedule' | 'publish_at'>;

/** What came of it. */
export interface Composed {
  /** With the person’s choices. */
  readonly draft: Draft;
  /** What the person agreed to, literally; null: nothing needs to be agreed to. */
  readonly declaration: string | null;
}

/**
 * Asks TikTok what the creators may do, the person for what is missing, and for consent to the declaration that the
 * choices require. Nothing is sent before.
 *
 * @throws {UsageError} If something is missing and nobody is there to ask.
 * @throws {CommandError} If the post breaks a rule as it stands, or the person does not agree.
 */
export async function compose(
  context: CliContext,
  api: Client,
  { accountIds, draft, choices, agree }: Composing,
): Promise<Composed> {
  if (draft.post_mode === 'MEDIA_UPLOAD') {
    await requireValid(api, accountIds, draft);
    return { draft, declaration: null };
  }
  const chosen = { ...draft, ...(await completeChoices(context, api, accountIds, choices, draft)) };
  const declaration = await requireValid(api, accountIds, chosen);
  await askConsent(context, declaration === null ? [] : [declaration], {
    agree,
    question: chosenQuestion(accountIds.length),
  });
  return { draft: chosen, declaration };
}

/** What was chosen on the command line; a person is asked for the rest, knowing whom it goes to. */
async function completeChoices(
  context: CliContext,
  api: Client,
  accountIds: readonly string[],
  choices: ChoiceOptions,
  { media_type: mediaType }: Draft,
): Promise<Choices> {
  const chosen = toChoices(choices);
  const missing = listMissing(choices);
  if (canAsk(context)) {
    const creators = await askCreators(api, accountIds);
    for (const { creator_nickname, creator_username } of creators) {
      context.output.talk(`Posting to ${creator_nickname} (@${creator_username}).`);
    }
    return missing.length === 0
      ? chosen
      : toChoices(await askChoices(context, choices, { mediaType, creators }));
  }
  if (missing.length === 0) return chosen;
  const list = `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`;
  throw new UsageError(`TikTok wants each of these to be chosen for each post: ${list}.`);
}

async function askCreators(api: Client, accountIds: readonly string[]): Promise<CreatorInfo[]> {
  return Promise.all(accountIds.map((id) => api.getCreatorInfo({ id }, { timeoutMs: 60_000 })));
}

/** Gives the declaration that a person must agree to. Media that are not there yet are not judged. */
async function requireValid(
  api: Client,
  accountIds: readonly string[],
  draft: Draft,
): Promise<string | null> {
  let declaration: string | null = null;
  for (const account_id of accountIds) {
    const found = await api.validatePost({ ...draft, account_id }, { timeoutMs: 60_000 });
    const problem = found.problems.find(
      ({ code, is_blocking, pointer }) =>
        is_blocking &&
        code !== 'consent_missing' &&
        (draft.media !== undefined || !pointer.startsWith('/media')),
    );
    if (problem !== undefined) {
      throw new CommandError(`It cannot be posted so: ${problem.words}`, {
        ...(problem.remedy === null ? {} : { remedy: problem.remedy }),
      });
    }
    declaration = found.required_declaration;
  }
  return declaration;
}

function chosenQuestion(count: number): string {
  return count === 1 ? 'Agree, and post it?' : `Agree, and post it to ${count} accounts?`;
}
