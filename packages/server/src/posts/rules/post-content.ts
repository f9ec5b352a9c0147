import type { MediaType, PostMode } from '@greenroom/contract';
import type { CreatorInfo } from '@greenroom/sdk';
import type { AccountState, StateReason } from '../../accounts/account-state.ts';
import type { Consent } from '../tables.ts';

/** A piece of media as a post names it: ours by id, or an address. */
export interface MediaRef {
  readonly media_id?: string | null | undefined;
  readonly url?: string | null | undefined;
}

/** What a post is made with, as far as the rules look at it; a stored post is one, and so is the body of a request. */
export interface PostContent {
  readonly media_type: MediaType;
  readonly post_mode: PostMode;
  readonly media: readonly MediaRef[];
  readonly title: string;
  readonly description: string;
  readonly privacy_level: string | null;
  readonly disable_comment: boolean | null;
  readonly disable_duet: boolean | null;
  readonly disable_stitch: boolean | null;
  readonly commercial_disclosure: boolean | null;
  readonly brand_organic_toggle: boolean | null;
  readonly brand_content_toggle: boolean | null;
  readonly is_aigc: boolean;
  readonly auto_add_music: boolean;
  readonly video_cover_timestamp_ms: number | null;
  readonly photo_cover_index: number;
}

/** What the rules want to know of a piece of our media. */
export interface MediaToCheck {
  readonly id: string;
  readonly state: 'uploading' | 'checking' | 'ready' | 'refused';
  readonly media_type: MediaType | null;
  readonly size: number;
  readonly sha256: string | null;
  readonly duration_ms: number | null;
}

/** What the rules want to know of the account that the post is for. */
interface AccountToCheck {
  readonly state: AccountState;
  readonly state_reason: StateReason | null;
  /** Granted scopes. */
  readonly scopes: readonly string[];
}

/** Everything that the rules look at. What is left out is not judged. */
export interface PostToCheck {
  readonly post: PostContent;
  /** What is known of the media that the post names by id; what is not in it was deleted. */
  readonly media: readonly MediaToCheck[];
  /** TikTok's present answer about the creator. */
  readonly creatorInfo?: CreatorInfo | undefined;
  /** The app that the account is connected through; `isAudited` is `null` when nobody has said. */
  readonly app?: { readonly isAudited: boolean | null } | undefined;
  readonly account?: AccountToCheck | undefined;
  /** Who agreed to what; `null`: nobody. */
  readonly consent?: Pick<Consent, 'declaration'> | null | undefined;
  /** When it is to go out (`null`: at once), seen from a moment. */
  readonly moment?: { readonly publishAt: Date | null; readonly now: Date } | undefined;
  /** Whether plain http is taken on loopback: for a stand-in of TikTok's there. */
  readonly allowLoopback?: boolean | undefined;
}
