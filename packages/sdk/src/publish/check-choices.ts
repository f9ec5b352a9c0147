import type { CreatorInfo } from '../creator-info.ts';
import { type PostProblem, problemIf } from './problems.ts';

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

/** Checks who may see the post: one of the creator's own options, and none that hides a paid partnership. */
export function checkAudience(post: PostChoices, creator: CreatorInfo): PostProblem[] {
  const level = post.privacy_level;
  const options: readonly string[] = creator.privacy_level_options;
  const isBranded = post.brand_content_toggle === true;
  return [
    ...problemIf(
      level === undefined || !options.includes(level),
      'privacy_level',
      `${level === undefined ? 'A privacy level is missing' : `${level} is not open to this creator now`}; choose one of ${options.join(', ')}.`,
    ),
    ...problemIf(
      isBranded && level !== undefined && NOT_FOR_BRANDS.includes(level),
      'brand_content_toggle',
      `Branded content visibility cannot be set to private: with ${level} a paid partnership is not allowed. Choose everyone or friends.`,
    ),
  ];
}

type Interaction = 'comment' | 'duet' | 'stitch';

/**
 * Checks that nothing is asked for that the creator has switched off. What is left out is no
 * problem: {@link applyCreatorSettings} switches it off too.
 */
export function checkInteractions(
  post: PostChoices,
  creator: CreatorInfo,
  interactions: readonly Interaction[],
): PostProblem[] {
  return interactions.flatMap((interaction) =>
    problemIf(
      creator[`${interaction}_disabled`] && post[`disable_${interaction}`] === false,
      `disable_${interaction}`,
      `The creator does not allow ${interaction}s, so disable_${interaction} cannot be false; leave it out or set it to true.`,
    ),
  );
}

/** Switches off in the post what the creator has switched off in the TikTok app. */
export function applyCreatorSettings<T extends PostChoices>(
  post: T,
  creator: CreatorInfo,
  interactions: readonly Interaction[],
): T {
  let applied = post;
  for (const interaction of interactions) {
    const field = `disable_${interaction}` as const;
    if (creator[`${interaction}_disabled`] && post[field] === undefined) {
      applied = { ...applied, [field]: true };
    }
  }
  return applied;
}
