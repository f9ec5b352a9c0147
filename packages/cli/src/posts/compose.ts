import type { Client } from '@greenroom/contract';
import { canAsk } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { askChoices } from './ask-choices.ts';
import { askConsent } from './ask-consent.ts';
import { type ChoiceOptions, type Choices, listMissing, toChoices } from './choices.ts';
import { createJudge, type Draft, type Recipient } from './judge-draft.ts';
import type { CreatorInfo } from './post-types.ts';

/** A post that is composed on the command line, once for each account. */
export interface Composing {
  readonly accounts: readonly Recipient[];
  /** What is there of it before the person is asked. */
  readonly draft: Draft;
  /** What was chosen already. */
  readonly choices: ChoiceOptions;
  /** Whether the person has agreed already. */
  readonly agree: boolean;
  /** Brings the media to Greenroom, once the person has agreed; without it they are in the draft. */
  readonly bringMedia?: () => Promise<NonNullable<Draft['media']>>;
}

/** What came of it. */
export interface Composed {
  /** With the person’s choices and all media. */
  readonly draft: Draft;
  /** What the person agreed to, literally; null: nothing needs to be agreed to. */
  readonly declaration: string | null;
}

/**
 * Asks TikTok what the creators may do, the person for what is missing, and for consent to the declaration that the
 * choices require. Nothing is sent before. What comes of it is valid for every account.
 *
 * @throws {UsageError} If something is missing and nobody is there to ask.
 * @throws {CommandError} If the post breaks a rule as it stands, or the person does not agree.
 */
export async function compose(
  context: CliContext,
  api: Client,
  { accounts, draft, choices, agree, bringMedia }: Composing,
): Promise<Composed> {
  const judge = createJudge(context, api, accounts);
  const isDirect = draft.post_mode !== 'MEDIA_UPLOAD';
  const accountIds = accounts.map(({ id }) => id);
  const chosen = {
    ...draft,
    // A draft for the inbox needs no choices: the creator makes them in the TikTok app.
    ...(isDirect
      ? await completeChoices(context, api, accountIds, choices, draft)
      : toChoices(choices)),
  };
  const declaration = await judge(chosen);
  await askConsent(context, declaration === null ? [] : [declaration], {
    agree,
    question: chosenQuestion(accounts.length),
  });
  if (bringMedia === undefined) return { draft: chosen, declaration };
  const whole = { ...chosen, media: await bringMedia() };
  // A post that is made goes out: before the first is, none may break a rule.
  await judge(whole);
  return { draft: whole, declaration };
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

function chosenQuestion(count: number): string {
  return count === 1 ? 'Agree, and post it?' : `Agree, and post it to ${count} accounts?`;
}
