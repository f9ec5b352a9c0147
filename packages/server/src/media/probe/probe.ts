import type { MediaRefusal } from '../refusals.ts';
import type { MediaType } from '../tables.ts';

/** Formats that TikTok takes. */
export type Container = 'mp4' | 'mov' | 'webm' | 'jpeg' | 'webp';

/** What a file is. */
export interface MediaFile {
  readonly mediaType: MediaType;
  readonly container: Container;
  /** `h264`, `h265`, `vp8`, `vp9`, or what the container says; null: a photo. */
  readonly codec: string | null;
  readonly durationMs: number | null;
  /** Frames a second, on average. */
  readonly frameRate: number | null;
  /** As it is shown, rotation included. */
  readonly width: number;
  readonly height: number;
}

/** What the probe says of a file. */
export type ProbeVerdict = { readonly file: MediaFile } | { readonly refusal: MediaRefusal };

/** What a file is to be served as, and the end of its name. */
export const contentTypes = {
  mp4: { contentType: 'video/mp4', extension: 'mp4' },
  mov: { contentType: 'video/quicktime', extension: 'mov' },
  webm: { contentType: 'video/webm', extension: 'webm' },
  jpeg: { contentType: 'image/jpeg', extension: 'jpg' },
  webp: { contentType: 'image/webp', extension: 'webp' },
} as const satisfies Record<
  Container,
  { readonly contentType: string; readonly extension: string }
>;

/** The file is not what it should be; only inside the probe's thread. */
export class RefusedFileError extends Error {
  override readonly name = 'RefusedFileError';
  readonly refusal: MediaRefusal;

  constructor(refusal: MediaRefusal) {
    super(refusal);
    this.refusal = refusal;
  }
}
