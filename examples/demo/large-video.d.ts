/**
 * Writes a valid MP4 of exactly `sizeBytes`: the given video, followed by a `free` box, which every reader
 * skips. The filler is the same for the same size, and no two of its blocks are alike.
 *
 * @param path - File to write; replaced if it exists.
 * @param sizeBytes - Size of the result; at least the video's size and 16 bytes more.
 * @param videoPath - MP4 to start from.
 * @throws {RangeError} If the size is too small to hold the video.
 */
export declare function writeLargeVideo(
  path: string,
  sizeBytes: number,
  videoPath: string,
): Promise<void>;
/** The given MP4, made exactly `sizeBytes` long in memory by a `free` box; see {@link writeLargeVideo}. */
export declare function padVideo(video: Buffer, sizeBytes: number): Buffer;
//# sourceMappingURL=large-video.d.ts.map
