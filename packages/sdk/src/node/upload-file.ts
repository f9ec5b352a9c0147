import type { FileHandle } from 'node:fs/promises';
import type { ResumeOptions, UploadOptions, UploadResult } from '../upload/upload-options.ts';
import { resumeUpload as resume, uploadVideo as upload } from '../upload/upload-video.ts';
import type { VideoSource } from '../upload/video-source.ts';
import { fileSource } from './file-source.ts';
import { nodeSender } from './node-sender.ts';

/** A video in Node: any source, or the path, URL or open handle of a file. */
export type NodeVideoSource = VideoSource | string | URL | FileHandle;

/** Options of {@link uploadVideo} in Node; the sender is by default a `nodeSender` of its own. */
export interface NodeUploadOptions extends Omit<UploadOptions, 'source'> {
  /** Where the bytes come from. */
  readonly source: NodeVideoSource;
}

/** Options of {@link resumeUpload} in Node; the sender is by default a `nodeSender` of its own. */
export interface NodeResumeOptions extends Omit<ResumeOptions, 'source'> {
  /** Where the bytes come from. */
  readonly source: NodeVideoSource;
}

/**
 * `uploadVideo` of `@greenroom/sdk` with files as sources and Node's own transport.
 *
 * @throws What `uploadVideo` of the root entry and {@link fileSource} throw.
 * @example
 * ```ts
 * import { planUploads } from '@greenroom/sdk';
 * import { uploadVideo } from '@greenroom/sdk/node';
 *
 * export async function send(path: string, size: number, uploadUrl: string): Promise<void> {
 *   const [plan] = planUploads(size);
 *   await uploadVideo({ uploadUrl, source: path, plan });
 * }
 * ```
 */
export async function uploadVideo(options: NodeUploadOptions): Promise<UploadResult> {
  const source = await toVideoSource(options.source);
  if (options.sender !== undefined) return upload({ ...options, source });
  const sender = nodeSender();
  try {
    return await upload({ ...options, source, sender });
  } finally {
    await sender.close();
  }
}

/**
 * `resumeUpload` of `@greenroom/sdk` with files as sources and Node's own transport.
 *
 * @throws What `resumeUpload` of the root entry and {@link fileSource} throw.
 * @example
 * ```ts
 * import type { TikTokClient, UploadCheckpoint } from '@greenroom/sdk';
 * import { resumeUpload } from '@greenroom/sdk/node';
 *
 * export async function goOn(
 *   client: TikTokClient,
 *   publishId: string,
 *   checkpoint: UploadCheckpoint,
 *   path: string,
 * ): Promise<void> {
 *   const fetchStatus = (signal: AbortSignal) => client.fetchStatus(publishId, { signal });
 *   await resumeUpload({ checkpoint, source: path, fetchStatus });
 * }
 * ```
 */
export async function resumeUpload(options: NodeResumeOptions): Promise<UploadResult> {
  const source = await toVideoSource(options.source);
  if (options.sender !== undefined) return resume({ ...options, source });
  const sender = nodeSender();
  try {
    return await resume({ ...options, source, sender });
  } finally {
    await sender.close();
  }
}

/** Makes a source of whatever a video can be given as in Node. */
export async function toVideoSource(source: NodeVideoSource): Promise<VideoSource> {
  const isSource = typeof source === 'object' && 'open' in source && 'size' in source;
  return isSource ? source : fileSource(source);
}
