/** Where the bytes of a video or photo are: in a file, or, when they are few, in memory. */
export type MediaSource = { readonly path: string } | { readonly bytes: Uint8Array };

/** A container whose structure the emulator reads. */
export type Container = 'mp4' | 'mov' | 'webm' | 'matroska';

/** What nobody could make sense of. */
export interface UnreadableMedia {
  readonly readable: false;
  /** What was wrong with it, for a person. */
  readonly detail: string;
}

/** What a video is, by its container's own account. */
export interface ReadableVideo {
  readonly readable: true;
  readonly container: Container;
  /** `avc`, `hevc`, `vp8`, `vp9`, `av1` …, or the container's own name of a codec nobody here knows. */
  readonly codec: string;
  /** From the first to the end of the last packet of any track, in seconds. */
  readonly durationSec: number;
  /** Frames a second on average, over the first frames of the video. */
  readonly frameRate: number;
  /** Width as displayed: after rotation and in square pixels. */
  readonly width: number;
  /** Height as displayed: after rotation and in square pixels. */
  readonly height: number;
}

/** What a video turned out to be. */
export type VideoProbe = ReadableVideo | UnreadableMedia;

/** What a photo is, by its headers. */
export interface ReadablePhoto {
  readonly readable: true;
  readonly format: 'jpeg' | 'webp';
  /** Width as stored: turning a photo does not change its shorter side. */
  readonly width: number;
  /** Height as stored. */
  readonly height: number;
  /** Size of the file, in bytes. */
  readonly bytes: number;
}

/** What a photo turned out to be. */
export type PhotoProbe = ReadablePhoto | UnreadableMedia;

/** Says that something could not be read, and why. */
export function unreadable(detail: string): UnreadableMedia {
  return { readable: false, detail };
}
