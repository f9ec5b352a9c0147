import type { WhoseMove } from '@greenroom/sdk';
import type { StateDetails } from '../tables.ts';

/**
 * How much a problem matters. `invalid`: it cannot go out so, whoever agrees. `missing`: a person has not chosen or
 * agreed yet. `advice`: it may go out, and a person should know.
 */
type ProblemKind = 'invalid' | 'missing' | 'advice';

/** What a rule says when a post breaks it. `{name}` stands for a fact of the problem. */
type Entry = readonly [words: string, remedy: string, whoseMove: WhoseMove];

/**
 * Everything that the rules may find, in words. Numbers in comments are points of TikTok's audit checklist for
 * posting screens; texts in quotation marks there are TikTok's own.
 */
export const ruleProblems = {
  account_not_connected: [
    'The account is not connected: {account_reason}',
    'Connect the account again.',
    'creator',
  ],
  scope_missing: [
    'The creator has not granted {scope}, which this kind of post needs.',
    'Connect the account again and leave {scope} switched on.',
    'creator',
  ],
  // 6
  creator_unchecked: [
    'TikTok could not be asked what the creator may do right now.',
    'Nothing is needed: TikTok is asked again right before the post is sent.',
    'nobody',
  ],

  video_count: ['A video post has exactly one video, not {count}.', 'Choose one video.', 'person'],
  photo_count: [
    'A photo post has 1 to 35 photos, not {count}.',
    'Add photos, or take some away.',
    'person',
  ],
  media_gone: [
    'A piece of its media was deleted.',
    'Put other media into the post, and schedule it again.',
    'person',
  ],
  media_changed: [
    'Its media or its texts are not those that were agreed to.',
    'Look at the post, agree to it and schedule it again.',
    'person',
  ],
  media_not_ready: [
    'A piece of its media has not arrived whole, or is being checked.',
    'Wait until the upload is ready.',
    'nobody',
  ],
  media_refused: [
    'A piece of its media cannot be posted.',
    'Look at the media: it says why. Then choose another.',
    'person',
  ],
  media_wrong_type: [
    'A {media_type} post is not made of a {found}.',
    'Choose media of the right kind.',
    'person',
  ],
  media_mixed: [
    'Its media is partly ours and partly at other addresses.',
    'Upload all of it, or give addresses for all.',
    'person',
  ],
  media_url_refused: [
    'TikTok fetches media only from https addresses, and no PNG or GIF.',
    'Give an https address of a JPEG, WebP, MP4, MOV or WebM file.',
    'person',
  ],
  no_fence: [
    'The media is at somebody else’s address: if TikTok’s answer is lost, only a person can tell whether it was posted.',
    'Upload the file to Greenroom instead, and every outcome can be settled.',
    'person',
  ],
  photo_too_large: [
    'The photo is larger than the 20 MB that TikTok takes.',
    'Export it smaller.',
    'person',
  ],
  video_too_large: ['The video is larger than the 4 GB that TikTok takes.', 'Shrink it.', 'person'],
  // 9
  video_too_long: [
    'The video lasts {seconds} s, and this creator may post at most {limit} s.',
    'Trim the video.',
    'person',
  ],

  // 10
  title_too_long: [
    'The title has {length} UTF-16 code units, more than {limit}.',
    'Shorten it.',
    'person',
  ],
  description_too_long: [
    'The description has {length} UTF-16 code units, more than {limit}.',
    'Shorten it.',
    'person',
  ],
  description_of_video: [
    'Videos have no description at TikTok.',
    'Put the text into the title, which is the caption of a video.',
    'person',
  ],
  text_cut: ['A text was cut within a character.', 'Enter it again.', 'person'],
  cover_out_of_range: [
    'The cover is outside of the media.',
    'Choose a photo of the post, or a moment within the video.',
    'person',
  ],

  // 14
  privacy_level_missing: [
    'Nobody has chosen who can see the post.',
    'Choose one of the creator’s options.',
    'person',
  ],
  // 12
  privacy_level_not_allowed: [
    'The creator’s options do not have {privacy_level} at the moment.',
    'Choose one of: {options}.',
    'person',
  ],
  // 17
  interaction_missing: [
    'Nobody has chosen whether {interaction} is allowed.',
    'Choose it for this post.',
    'person',
  ],
  // 18
  interaction_disabled: [
    'The creator has switched {interaction} off in the TikTok app.',
    'Switch it off for this post, too.',
    'person',
  ],
  // 23
  disclosure_missing: [
    'Nobody has said whether the post promotes something.',
    'Choose “Your brand”, “Branded content”, both or neither.',
    'person',
  ],
  // 29, 30
  disclosure_incomplete: [
    'You need to indicate if your content promotes yourself, a third party, or both.',
    'Choose “Your brand”, “Branded content” or both, or turn the disclosure off.',
    'person',
  ],
  // 31
  disclosure_contradicted: [
    'The disclosure is off, and a kind of promotion is chosen.',
    'Turn the disclosure on, or take the choice away.',
    'person',
  ],
  // 33, 35
  branded_private: [
    'Branded content visibility cannot be set to private.',
    'Choose everyone or friends, or no branded content.',
    'person',
  ],
  // 36
  branded_followers: [
    'Branded content is for everyone or for friends, not for followers only.',
    'Choose everyone or friends, or no branded content.',
    'person',
  ],
  // 37
  branded_unaudited: [
    'Before its audit an app posts as “Only me” alone, and branded content is never private.',
    'Post without branded content, or wait for the audit of the app.',
    'developer',
  ],
  unaudited_privacy: [
    'Before its audit an app posts as “Only me” alone.',
    'Choose “Only me”, or wait for the audit of the app.',
    'developer',
  ],
  label_not_for_photos: [
    'TikTok takes the label “AI-generated” with videos alone: the photos would go out without it.',
    'Send them as a draft: the creator labels them in the TikTok app.',
    'person',
  ],
  choices_not_sent: [
    'A draft carries no privacy, interactions, disclosure or label, and that of a video no text or cover: the creator chooses them in the TikTok app.',
    'Nothing is needed.',
    'nobody',
  ],

  // 21, 38, 39, 59
  consent_missing: [
    'Nobody has agreed to TikTok’s declaration for the post as it stands.',
    'Show the declaration to a person, and schedule the post with their consent.',
    'person',
  ],
  declaration_mismatch: [
    'The declaration is not the one that these choices need.',
    'Show exactly: {required}',
    'developer',
  ],

  publish_at_past: ['The moment to publish has passed.', 'Choose a later one, or none.', 'person'],
  publish_at_far: [
    'The moment to publish is more than a year away.',
    'Choose an earlier one.',
    'person',
  ],
} as const satisfies Record<string, Entry>;

/** Name of a problem that the rules may find. */
type RuleCode = keyof typeof ruleProblems;

/** Something about a post that a rule has found. */
export interface RuleProblem {
  /** One of ours, or TikTok's own of an answer about the creator. */
  readonly code: RuleCode | (string & {});
  /** JSON pointer to the field in the post; empty: none. */
  readonly pointer: string;
  readonly kind: ProblemKind;
  /** Facts that the words need. */
  readonly details: StateDetails;
}

/** Takes what a rule finds. */
export type Note = (
  kind: ProblemKind,
  code: RuleCode,
  pointer: string,
  details?: StateDetails,
) => void;
