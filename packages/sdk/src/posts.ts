import { toOfficialStatus } from './aliases.ts';
import type { PrivacyLevel } from './creator-info.ts';
import type { Endpoint, Reader } from './http/api.ts';
import { readCount, readPostIds } from './json.ts';
import { withSecrets } from './redact.ts';

/**
 * What a video's post is to be: `post_info` of a direct post.
 *
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-direct-post}
 */
export interface VideoPostInfo {
  /** One of the creator's `privacy_level_options` of just now. */
  readonly privacy_level: PrivacyLevel | (string & {});
  /** The caption with its `#tags` and `@mentions`: at most 2200 UTF-16 code units. */
  readonly title?: string | undefined;
  /** Forbids comments. */
  readonly disable_comment?: boolean | undefined;
  /** Forbids duets. */
  readonly disable_duet?: boolean | undefined;
  /** Forbids stitches. */
  readonly disable_stitch?: boolean | undefined;
  /** Frame to use as the cover, in milliseconds from the start; the first frame by default. */
  readonly video_cover_timestamp_ms?: number | undefined;
  /** Paid partnership that promotes a third party; never with `SELF_ONLY`. */
  readonly brand_content_toggle?: boolean | undefined;
  /** Promotes the creator's own business. */
  readonly brand_organic_toggle?: boolean | undefined;
  /** Labels the video as made by AI. */
  readonly is_aigc?: boolean | undefined;
}

/** What a photo post is to be: `post_info` of `content/init`. */
export interface PhotoPostInfo {
  /** Short title: at most 90 UTF-16 code units. */
  readonly title?: string | undefined;
  /** The text with its `#tags` and `@mentions`: at most 4000 UTF-16 code units. */
  readonly description?: string | undefined;
  /** One of the creator's `privacy_level_options` of just now. Needed for `DIRECT_POST`. */
  readonly privacy_level?: PrivacyLevel | (string & {}) | undefined;
  /** Forbids comments. `DIRECT_POST` only. */
  readonly disable_comment?: boolean | undefined;
  /** Adds recommended music, which the creator can change later. `DIRECT_POST` only. */
  readonly auto_add_music?: boolean | undefined;
  /** Paid partnership that promotes a third party. `DIRECT_POST` only. */
  readonly brand_content_toggle?: boolean | undefined;
  /** Promotes the creator's own business. `DIRECT_POST` only. */
  readonly brand_organic_toggle?: boolean | undefined;
}

/** A video that will be sent in chunks to the `upload_url` of the answer. */
export interface FileUploadSource {
  /** Says that the bytes are sent. */
  readonly source: 'FILE_UPLOAD';
  /** Size of the whole file, in bytes. */
  readonly video_size: number;
  /** Size of each chunk but the last, in bytes. */
  readonly chunk_size: number;
  /** `video_size / chunk_size`, rounded down. */
  readonly total_chunk_count: number;
}

/** A video that TikTok fetches. */
export interface PullFromUrlSource {
  /** Says that TikTok fetches the video. */
  readonly source: 'PULL_FROM_URL';
  /** `https` URL under a domain or URL prefix verified for the app; redirects are refused. */
  readonly video_url: string;
}

/** Where TikTok gets a video from. */
export type VideoSourceInfo = FileUploadSource | PullFromUrlSource;

/** Body of `video/init`. */
export interface VideoInit {
  /** What the post is to be. */
  readonly post_info: VideoPostInfo;
  /** Where the video comes from. */
  readonly source_info: VideoSourceInfo;
}

/** Body of `inbox/video/init`. */
export interface InboxVideoInit {
  /** Where the video comes from. */
  readonly source_info: VideoSourceInfo;
}

/** Body of `content/init`, but for `media_type`, which is always `PHOTO`. */
export interface PhotoInit {
  /** Whether to post, or to send a draft to the creator's inbox. */
  readonly post_mode: 'DIRECT_POST' | 'MEDIA_UPLOAD';
  /** What the post is to be. */
  readonly post_info: PhotoPostInfo;
  /** Where the photos come from; TikTok only fetches them. */
  readonly source_info: {
    /** Says that TikTok fetches the photos. */
    readonly source: 'PULL_FROM_URL';
    /** 1 to 35 public URLs under a verified domain or prefix; JPEG or WebP. */
    readonly photo_images: readonly string[];
    /** Index of the cover among the photos, from 0. */
    readonly photo_cover_index: number;
  };
}

/** A post that TikTok has taken on. */
export interface PhotoInitAnswer {
  /** Names the post in status and cancel calls and in webhooks. Opaque, at most 64 characters. */
  readonly publish_id: string;
}

/**
 * A video that TikTok has taken on.
 *
 * `upload_url` is a secret: whoever has it can send the bytes. It can be read, but is in no printed
 * form, no JSON and no copy of this object.
 */
export interface VideoInitAnswer {
  /** Names the post in status and cancel calls and in webhooks. Opaque, at most 64 characters. */
  readonly publish_id: string;
  /** Where to send the chunks, for one hour; `undefined` unless the source is `FILE_UPLOAD`. */
  readonly upload_url: string | undefined;
}

/** Where a post stands, in TikTok's words. */
export type PublishStatus =
  | 'PROCESSING_UPLOAD'
  | 'PROCESSING_DOWNLOAD'
  | 'SEND_TO_USER_INBOX'
  | 'PUBLISH_COMPLETE'
  | 'FAILED';

/**
 * How far a post is.
 *
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status}
 */
export interface PostStatus {
  /** A {@link PublishStatus}, or one that TikTok has added. Aliases of old notes are put right. */
  readonly status: PublishStatus | (string & {});
  /** Why it failed; {@link explainFailReason} says what to do. */
  readonly fail_reason?: string | undefined;
  /**
   * Ids of the public posts, as strings: they are beyond what a number holds. Empty for private
   * posts and until TikTok's moderation is through; several for a draft posted several times.
   */
  readonly publicaly_available_post_id: readonly string[];
  /** Bytes that TikTok has of an upload. */
  readonly uploaded_bytes?: number | undefined;
  /** Bytes that TikTok has fetched of a URL. */
  readonly downloaded_bytes?: number | undefined;
  /** Everything as it came, unknown fields too; large integers as strings. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export const VIDEO_INIT: Endpoint = { name: 'video/init', isPublish: true, repeat: 'never' };
export const INBOX_VIDEO_INIT: Endpoint = {
  name: 'inbox/video/init',
  isPublish: true,
  repeat: 'never',
};
export const PHOTO_INIT: Endpoint = { name: 'content/init', isPublish: true, repeat: 'never' };
export const STATUS_FETCH: Endpoint = { name: 'status/fetch', isPublish: true, repeat: 'read' };
// A second cancel finds nothing to cancel and says so.
export const CANCEL: Endpoint = { name: 'cancel', isPublish: true, repeat: 'safe' };

export const readPhotoInit: Reader<PhotoInitAnswer> = (data, fail) => {
  const { publish_id } = data;
  if (typeof publish_id === 'string' && publish_id !== '') return { publish_id };
  throw fail('no publish_id');
};

/** Reads the answer to a video init; an upload without an `upload_url` could not go on. */
export function readVideoInit(needsUploadUrl: boolean): Reader<VideoInitAnswer> {
  return (data, fail) => {
    const { publish_id } = readPhotoInit(data, fail);
    const upload_url = readText(data['upload_url']);
    if (needsUploadUrl && upload_url === undefined) throw fail('no upload_url');
    return withSecrets({ publish_id }, { upload_url });
  };
}

export const readStatus: Reader<PostStatus> = (data, fail) => {
  if (typeof data['status'] !== 'string') throw fail('no status');
  return {
    status: toOfficialStatus(data),
    fail_reason: readText(data['fail_reason']),
    publicaly_available_post_id: readPostIds(data),
    uploaded_bytes: readCount(data['uploaded_bytes']),
    downloaded_bytes: readCount(data['downloaded_bytes']),
    raw: data,
  };
};

function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
