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
export function checkAudience(post: PostChoices, creator: CreatorInfo | undefined): PostProblem[] {
  if (creator === undefined) return [];
  const { privacy_level: level = '' } = post;
  const options: readonly string[] = creator.privacy_level_options;
  return [
    ...problemIf(
      !options.includes(level),
      'privacy_level',
      `The privacy level must be one of ${options.join(', ')}.`,
    ),
    ...problemIf(
      post.brand_content_toggle === true && NOT_FOR_BRANDS.includes(level),
      'brand_content_toggle',
      'Branded content must be open to everyone or to friends.',
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
  creator: CreatorInfo | undefined,
  interactions: readonly Interaction[],
): PostProblem[] {
  return interactions.flatMap((interaction) =>
    problemIf(
      creator?.[`${interaction}_disabled`] === true && post[`disable_${interaction}`] === false,
      `disable_${interaction}`,
      `The creator has switched ${interaction}s off; leave this out.`,
    ),
  );
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
