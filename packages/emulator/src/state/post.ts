/** Where TikTok says a post is. */
type PostStatus =
  | 'PROCESSING_UPLOAD'
  | 'PROCESSING_DOWNLOAD'
  | 'SEND_TO_USER_INBOX'
  | 'PUBLISH_COMPLETE'
  | 'FAILED';

/** One accepted init and what became of it. */
export interface Post {
  /** Grows; the cursor of lists. */
  readonly id: number;
  readonly publish_id: string;
  readonly client_key: string;
  readonly username: string;
  readonly open_id: string;
  readonly source: 'FILE_UPLOAD' | 'PULL_FROM_URL';
  readonly media_type: 'VIDEO' | 'PHOTO';
  readonly post_mode: 'DIRECT_POST' | 'MEDIA_UPLOAD';
  /** Milliseconds of the emulator's clock. */
  readonly created_at: number;
  /** When it ended, on the same clock; `null` while it goes on. */
  finished_at: number | null;
  /** What was asked, as it came. */
  readonly post_info: Readonly<Record<string, unknown>>;
  readonly source_info: Readonly<Record<string, unknown>>;
  status: PostStatus;
  fail_reason: string | null;
  /** Public ids, as strings: they pass 2^53. */
  post_ids: string[];
  /** Ids of all videos made of it, private ones included; several when a draft was posted again. */
  video_ids: string[];
  /** What its video or first photo turned out to be; `null` until it was looked at. */
  media: MediaFacts | null;
  /** Bytes received so far. */
  bytes: number;
  /** Hex digest of the bytes received; a list for photos; `null` until they are all there. */
  sha256: string | string[] | null;
  /** A fault rule's choice of how this post ends. */
  forced_fail_reason: string | null;
}

/** What is known of a file that TikTok received. */
interface MediaFacts {
  /** Seconds; 0 for photos. */
  readonly duration: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** A video or photo post as the Display API lists it. */
export interface Video {
  /** 19 digits. */
  readonly id: string;
  readonly username: string;
  /** The post it came of; `null` for one that the seed brought. */
  readonly publish_id: string | null;
  readonly media_type: 'VIDEO' | 'PHOTO';
  /** Milliseconds of the emulator's clock. */
  readonly created_at: number;
  title: string;
  video_description: string;
  duration: number;
  width: number;
  height: number;
  is_aigc: boolean;
  /** Who may see it once it is moderated. */
  privacy_level: string;
  moderation: 'pending' | 'approved' | 'rejected' | 'removed';
  /** Whether everybody may see it now. */
  is_public: boolean;
  like_count: number;
  comment_count: number;
  share_count: number;
  view_count: number;
}
