import type { CreatorInfo } from '../creator-info.ts';
import type { NoteProblem } from './problems.ts';

/** The choices that direct posts of videos and of photos share. */
export interface PostChoices {
  readonly privacy_level?: string | undefined;
  readonly disable_comment?: boolean | undefined;
  readonly disable_duet?: boolean | undefined;
  readonly disable_stitch?: boolean | undefined;
  readonly brand_content_toggle?: boolean | undefined;
}

// Paid partnerships are for everyone or for friends; TikTok names no other audience.
const NOT_FOR_BRANDS = ['SELF_ONLY', 'FOLLOWER_OF_CREATOR'];

/** Interactions of a post, by what TikTok's fields call them. */
export type Interaction = 'comment' | 'duet' | 'stitch';

/**
 * Checks the choices of a direct post: an audience of the creator's own options, none that hides a
 * paid partnership, and nothing that the creator has switched off. What is left open is no problem:
 * {@link applyCreatorSettings} switches it off too.
 */
export function checkChoices(
  post: PostChoices,
  { privacy_level_options: options, ...creator }: CreatorInfo,
  interactions: readonly Interaction[],
  note: NoteProblem,
): void {
  const { privacy_level: level = '', brand_content_toggle: isBranded = false } = post;
  const isOption = options.includes(level);
  note(!isOption, 'privacy_level', `The privacy level must be one of ${options.join(', ')}.`);
  note(
    isBranded && NOT_FOR_BRANDS.includes(level),
    'brand_content_toggle',
    'Branded content must be open to everyone or to friends.',
  );
  for (const name of interactions) {
    note(
      creator[`${name}_disabled`] && post[`disable_${name}`] === false,
      `disable_${name}`,
      `The creator has switched ${name}s off; leave this out.`,
    );
  }
}

/** Switches off in the post what the creator has switched off in the TikTok app. */
export function applyCreatorSettings<T extends PostChoices>(
  post: T,
  creator: CreatorInfo | undefined,
  interactions: readonly Interaction[],
): T {
  const off = interactions.filter((interaction) => creator?.[`${interaction}_disabled`]);
  return { ...post, ...Object.fromEntries(off.map((name) => [`disable_${name}`, true])) };
}
