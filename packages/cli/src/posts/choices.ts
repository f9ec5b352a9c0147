import { type Command, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { type Post, type PostInput, PRIVACY_LEVELS, type PrivacyLevel } from './post-types.ts';

/** An interaction that a post may allow. */
export type Interaction = 'comment' | 'duet' | 'stitch';
/** Something that a post may promote. */
export type Promotion = 'your-brand' | 'branded-content';

/** What was chosen on the command line. What is missing has not been chosen. */
export interface ChoiceOptions {
  readonly privacy?: PrivacyLevel;
  readonly allow?: readonly (Interaction | 'nothing')[];
  readonly promotes?: readonly (Promotion | 'nothing')[];
}

/** A person’s choices for one post, in TikTok’s names. */
export type Choices = Pick<
  PostInput,
  | 'privacy_level'
  | 'disable_comment'
  | 'disable_duet'
  | 'disable_stitch'
  | 'brand_organic_toggle'
  | 'brand_content_toggle'
>;

/** Lets a command take a person’s choices. None has a default: TikTok wants each to be chosen for each post. */
export function addChoiceOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--privacy <level>', 'who can see it').choices(Object.keys(PRIVACY_LEVELS)),
    )
    .addOption(
      new Option('--allow <what...>', 'interactions that it allows').choices([
        'comment',
        'duet',
        'stitch',
        'nothing',
      ]),
    )
    .addOption(
      new Option('--promotes <what...>', 'what it promotes').choices([
        'your-brand',
        'branded-content',
        'nothing',
      ]),
    );
}

/** What was chosen, in the API’s names; what was not is left out. */
export function toChoices({ privacy, allow, promotes }: ChoiceOptions): Choices {
  return {
    ...(privacy === undefined ? {} : { privacy_level: privacy }),
    ...(allow === undefined ? {} : toInteractions(withoutNothing('--allow', allow))),
    ...(promotes === undefined ? {} : toPromotion(withoutNothing('--promotes', promotes))),
  };
}

/** What a post allows: the rest is switched off, as TikTok’s boxes are that nobody ticks. */
function toInteractions(allowed: readonly Interaction[]): Choices {
  return {
    disable_comment: !allowed.includes('comment'),
    disable_duet: !allowed.includes('duet'),
    disable_stitch: !allowed.includes('stitch'),
  };
}

/** What a post promotes. */
function toPromotion(promotes: readonly Promotion[]): Choices {
  return {
    brand_organic_toggle: promotes.includes('your-brand'),
    brand_content_toggle: promotes.includes('branded-content'),
  };
}

/** What was chosen for a post before, as it is typed. */
export function chosenIn(post: Post): ChoiceOptions {
  const { brand_content_toggle: isBranded, brand_organic_toggle: isOrganic, privacy_level } = post;
  const interactions = ['comment', 'duet', 'stitch'] as const;
  const allowed = interactions.filter((one) => post[`disable_${one}`] === false);
  const promotes: readonly Promotion[] = [
    ...(isOrganic === true ? (['your-brand'] as const) : []),
    ...(isBranded === true ? (['branded-content'] as const) : []),
  ];
  return {
    ...(privacy_level === null ? {} : { privacy: privacy_level }),
    ...(post.disable_comment === null ? {} : { allow: orNothing(allowed) }),
    ...(isOrganic === null || isBranded === null ? {} : { promotes: orNothing(promotes) }),
  };
}

/** Nothing chosen is a choice, too. */
export function orNothing<Choice extends string>(
  chosen: readonly Choice[],
): readonly (Choice | 'nothing')[] {
  return chosen.length === 0 ? ['nothing'] : chosen;
}

/** Options that nobody has given and that a post needs, as they are typed. */
export function listMissing({ privacy, allow, promotes }: ChoiceOptions): string[] {
  return [
    ...(privacy === undefined ? ['--privacy'] : []),
    ...(allow === undefined ? ['--allow'] : []),
    ...(promotes === undefined ? ['--promotes'] : []),
  ];
}

function withoutNothing<Choice extends string>(
  flag: string,
  chosen: readonly (Choice | 'nothing')[],
): Choice[] {
  if (chosen.includes('nothing') && chosen.length > 1) {
    throw new UsageError(`${flag} takes "nothing" alone.`);
  }
  // Nothing else is left.
  return chosen.filter((one) => one !== 'nothing') as Choice[];
}
