import type { PostToCheck } from './post-content.ts';
import type { Note } from './problems.ts';

type Interaction = 'comment' | 'duet' | 'stitch';

/**
 * Checks what a person must choose for a direct post: who sees it, which interactions it has, what it promotes.
 * Points 12 to 20 and 23 to 37 of TikTok's audit checklist.
 */
export function checkChoices(facts: PostToCheck, note: Note): void {
  if (facts.post.post_mode === 'MEDIA_UPLOAD') {
    noteUnsentChoices(facts, note);
    return;
  }
  checkPrivacy(facts, note);
  checkInteractions(facts, note);
  checkDisclosure(facts, note);
  checkBranded(facts, note);
  checkLabel(facts, note);
}

/** Drafts carry no choices, and those of videos no texts: the creator makes them in the TikTok app. */
function noteUnsentChoices({ post }: PostToCheck, note: Note): void {
  const choices = [
    post.privacy_level,
    post.disable_comment,
    post.disable_duet,
    post.disable_stitch,
    post.brand_organic_toggle,
    post.brand_content_toggle,
  ];
  const isVideo = post.media_type === 'VIDEO';
  const losesText = isVideo && (post.title !== '' || post.video_cover_timestamp_ms !== null);
  const isAnyChosen = choices.some((choice) => choice !== null);
  if (isAnyChosen || losesText || post.is_aigc) note('advice', 'choices_not_sent', '');
}

function checkPrivacy({ post, creatorInfo, app }: PostToCheck, note: Note): void {
  const { privacy_level: level } = post;
  const pointer = '/privacy_level';
  if (level === null) {
    note('missing', 'privacy_level_missing', pointer);
    return;
  }
  const options = creatorInfo?.privacy_level_options;
  if (options !== undefined && !options.includes(level)) {
    note('invalid', 'privacy_level_not_allowed', pointer, {
      privacy_level: level,
      options: [...options],
    });
  }
  if (app?.isAudited === false && level !== 'SELF_ONLY') {
    note('invalid', 'unaudited_privacy', pointer);
  }
}

function checkInteractions({ post, creatorInfo }: PostToCheck, note: Note): void {
  // Photos have comments only: duet and stitch are not sent with them.
  const interactions: readonly Interaction[] =
    post.media_type === 'PHOTO' ? ['comment'] : ['comment', 'duet', 'stitch'];
  for (const interaction of interactions) {
    const isDisabled = post[`disable_${interaction}`];
    const pointer = `/disable_${interaction}`;
    if (isDisabled === null) note('missing', 'interaction_missing', pointer, { interaction });
    if (isDisabled === false && creatorInfo?.[`${interaction}_disabled`] === true) {
      note('invalid', 'interaction_disabled', pointer, { interaction });
    }
  }
}

function checkDisclosure({ post }: PostToCheck, note: Note): void {
  const { commercial_disclosure: isOn } = post;
  const { brand_organic_toggle: isOrganic, brand_content_toggle: isBranded } = post;
  const isAnyChosen = isOrganic === true || isBranded === true;
  if (isOn === true && !isAnyChosen) {
    note('invalid', 'disclosure_incomplete', '/commercial_disclosure');
  } else if (isOn === false && isAnyChosen) {
    note('invalid', 'disclosure_contradicted', '/commercial_disclosure');
  } else if (isOrganic === null || isBranded === null) {
    const pointer = isOrganic === null ? '/brand_organic_toggle' : '/brand_content_toggle';
    note('missing', 'disclosure_missing', pointer);
  }
}

function checkBranded({ post, app }: PostToCheck, note: Note): void {
  if (post.brand_content_toggle !== true) return;
  const pointer = '/brand_content_toggle';
  if (app?.isAudited === false) note('invalid', 'branded_unaudited', pointer);
  if (post.privacy_level === 'SELF_ONLY') note('invalid', 'branded_private', pointer);
  if (post.privacy_level === 'FOLLOWER_OF_CREATOR') note('invalid', 'branded_followers', pointer);
}

/** TikTok's table of what a photo post takes has no such label, and nobody agreed to go without it. */
function checkLabel({ post }: PostToCheck, note: Note): void {
  if (post.media_type === 'PHOTO' && post.is_aigc)
    note('invalid', 'label_not_for_photos', '/is_aigc');
}
