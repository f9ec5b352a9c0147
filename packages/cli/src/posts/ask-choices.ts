import { type Answer, askOne, askSome, askYes } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { type ChoiceOptions, type Interaction, orNothing, type Promotion } from './choices.ts';
import { type CreatorInfo, PRIVACY_LEVELS, type PrivacyLevel } from './post-types.ts';

/** What decides which choices there are. */
export interface ChoiceSubject {
  readonly mediaType: 'VIDEO' | 'PHOTO';
  /** What TikTok has just said of each creator whom the post goes to. */
  readonly creators: readonly CreatorInfo[];
}

/** Asks a person for what was not chosen on the command line. */
export async function askChoices(
  context: CliContext,
  given: ChoiceOptions,
  subject: ChoiceSubject,
): Promise<ChoiceOptions> {
  return {
    privacy: given.privacy ?? (await askPrivacy(context, subject)),
    allow: given.allow ?? orNothing(await askInteractions(context, subject)),
    promotes: given.promotes ?? orNothing(await askPromotion(context, subject)),
  };
}

/** What every creator may choose at the moment. */
async function askPrivacy(context: CliContext, { creators }: ChoiceSubject): Promise<PrivacyLevel> {
  // The keys of the table are the levels; Object.keys widens them to string.
  const levels = Object.keys(PRIVACY_LEVELS) as PrivacyLevel[];
  const open = levels.filter((level) =>
    creators.every(({ privacy_level_options }) => privacy_level_options.includes(level)),
  );
  return askOne(
    context,
    'Who can see this post?',
    open.map((value) => ({ value, label: PRIVACY_LEVELS[value], hint: value })),
  );
}

async function askInteractions(
  context: CliContext,
  { creators, mediaType }: ChoiceSubject,
): Promise<Interaction[]> {
  const all: readonly Interaction[] =
    mediaType === 'PHOTO' ? ['comment'] : ['comment', 'duet', 'stitch'];
  const open = all.filter((one) => creators.every((creator) => !creator[`${one}_disabled`]));
  if (open.length === 0) return [];
  return askSome(
    context,
    'What do you allow? (space chooses, return goes on)',
    open.map((value) => ({ value, label: `Allow ${value}` })),
  );
}

async function askPromotion(
  context: CliContext,
  { mediaType }: ChoiceSubject,
): Promise<Promotion[]> {
  const doesPromote = await askYes(
    context,
    'Does the post promote yourself, a brand, a product or a service?',
  );
  if (!doesPromote) return [];
  for (;;) {
    const chosen = await askSome(context, 'What does it promote?', PROMOTIONS);
    if (chosen.length > 0) {
      context.output.talk(toLabel(chosen, mediaType));
      return chosen;
    }
    context.output.talk(
      'You need to indicate if your content promotes yourself, a third party, or both.',
    );
  }
}

const PROMOTIONS: readonly Answer<Promotion>[] = [
  { value: 'your-brand', label: 'Your brand', hint: 'yourself or your own business' },
  { value: 'branded-content', label: 'Branded content', hint: 'another brand or a third party' },
];

/** TikTok’s words on what will stand on the post. */
function toLabel(chosen: readonly Promotion[], mediaType: 'VIDEO' | 'PHOTO'): string {
  const label = chosen.includes('branded-content') ? 'Paid partnership' : 'Promotional content';
  return `Your ${mediaType.toLowerCase()} will be labeled as '${label}'`;
}
