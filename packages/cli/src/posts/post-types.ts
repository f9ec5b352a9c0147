import type { InputOf, Operations, OutputOf } from '@greenroom/contract';

/** A post, as the API shows it. */
export type Post = OutputOf<Operations['getPost']>;
/** What a post is made with, as the API takes it. */
export type PostInput = InputOf<Operations['createPost']>;
/** Who may see a post. */
export type PrivacyLevel = NonNullable<PostInput['privacy_level']>;
/** What a creator may do right now. */
export type CreatorInfo = OutputOf<Operations['getCreatorInfo']>;
/** Where a post is in its life. */
export type PostState = Post['state'];
/** What happened to a post. */
export type TimelineEntry = OutputOf<Operations['getPostTimeline']>['items'][number];

// Said here and not read from the contract: loading it would slow down every --help.
/** Every state of a post, in the order of its life. */
export const POST_STATES = {
  draft: true,
  held: true,
  scheduled: true,
  queued: true,
  publishing: true,
  processing: true,
  in_inbox: true,
  published: true,
  unknown: true,
  failed: true,
  canceled: true,
} as const satisfies Record<PostState, true>;

/** Who may see a post, with the labels of TikTok’s own app. */
export const PRIVACY_LEVELS = {
  PUBLIC_TO_EVERYONE: 'Everyone',
  MUTUAL_FOLLOW_FRIENDS: 'Friends',
  FOLLOWER_OF_CREATOR: 'Followers',
  SELF_ONLY: 'Only me',
} as const satisfies Record<PrivacyLevel, string>;
