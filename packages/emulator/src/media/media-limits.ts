import { documents } from '../rules/documents.ts';

/** Page that sets TikTok's requirements of video and photo files. */
export const MEDIA_DOCUMENT = documents.mediaTransfer;

/** Containers a video may come in. */
export const VIDEO_CONTAINERS = ['mp4', 'mov', 'webm'] as const;

/** Codecs a video may be in, by the names that WebCodecs and mediabunny give them. */
export const VIDEO_CODECS = ['avc', 'hevc', 'vp8', 'vp9'] as const;

/** Fewest frames a second. */
export const MINIMUM_FRAME_RATE = 23;

/** Most frames a second. */
export const MAXIMUM_FRAME_RATE = 60;

/**
 * Frames a second by which a measured rate may miss the limits. TikTok names no tolerance; the rate is
 * computed from timestamps that containers round, so that recordings at 60 measure as 60.02.
 */
export const FRAME_RATE_TOLERANCE = 0.05;

/** Shortest side of a video's picture, in pixels. */
export const MINIMUM_PICTURE_SIDE = 360;

/** Longest side of a video's picture, in pixels. */
export const MAXIMUM_PICTURE_SIDE = 4096;

/**
 * Seconds by which a video may pass the creator's `max_video_post_duration_sec`. TikTok names no
 * tolerance; the last frame and the padding of AAC make a cut at 60 s measure as 60.02 s.
 */
export const DURATION_TOLERANCE_SEC = 0.1;

/**
 * Longest shorter side of a photo, in pixels. The page says "1080p"; field reports show that the
 * shorter side is meant: 1086x1448 fails, 941x1672 passes.
 */
export const MAXIMUM_PHOTO_SHORTER_SIDE = 1080;

/** Largest photo, in bytes. The page says 20 MB and not which; the larger reading is enforced. */
export const MAXIMUM_PHOTO_BYTES = 20 * 1024 * 1024;
