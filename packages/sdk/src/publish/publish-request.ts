import type { VideoPostInfo } from '../posts.ts';
import type { ChunkSender } from '../upload/chunk-sender.ts';
import type { VideoSource } from '../upload/video-source.ts';
import type { VideoContentType } from '../upload/video-type.ts';
import type { FollowOptions } from './follow-post.ts';
import type { RunOptions } from './publish-run.ts';

/**
 * A video to publish: posted directly or sent to the creator's inbox, uploaded from a source or
 * fetched by TikTok from a URL.
 */
export type PublishVideoRequest<Source = VideoSource> = (DirectVideo | InboxVideo) &
  (UploadedVideo<Source> | PulledVideo);

/** A video that is posted. Scope `video.publish`. */
export interface DirectVideo {
  /** Posts the video; the default. */
  readonly mode?: 'direct' | undefined;
  /** Caption and choices, as TikTok spells them. */
  readonly postInfo: VideoPostInfo;
  /**
   * Length of the video in seconds, if known: a longer one than the creator may post is then
   * refused before it is sent, and not after.
   */
  readonly durationSec?: number | undefined;
}

/** A video of which a notification goes to the creator's inbox. Scope `video.upload`. */
export interface InboxVideo {
  /** The creator finishes the post, caption and choices included, in the TikTok app. */
  readonly mode: 'inbox';
  /** TikTok takes no text or choices here; what is given is left out with a warning. */
  readonly postInfo?: undefined;
  /** Length of the video in seconds, if known; the inbox takes at most 600. */
  readonly durationSec?: number | undefined;
}

/** A video whose bytes are sent to TikTok: 1 byte to 4,000,000,000. */
export interface UploadedVideo<Source = VideoSource> {
  /** Where the bytes come from. */
  readonly source: Source;
  /**
   * Type to send the bytes with. By default it is told by looking at them, and what is no video or
   * is cut off is then refused before it is sent; a type that is given is believed.
   */
  readonly contentType?: VideoContentType | undefined;
  /** Not with a source. */
  readonly videoUrl?: undefined;
}

/** A video that TikTok fetches. */
export interface PulledVideo {
  /**
   * `https` address under a domain or URL prefix that is verified for the app, without redirects,
   * that stays reachable for an hour.
   */
  readonly videoUrl: string;
  /** Not with a URL. */
  readonly source?: undefined;
  /** Not with a URL. */
  readonly contentType?: undefined;
}

/** Options of what publishes. */
export interface PublishOptions extends FollowOptions, RunOptions {
  /** Brings the chunks to TikTok; over `fetch` by default, over `node:http(s)` in the Node entry. */
  readonly sender?: ChunkSender | undefined;
  /** How long an upload may stay without a byte moving, in milliseconds; 60,000 by default. */
  readonly idleTimeoutMs?: number | undefined;
}
