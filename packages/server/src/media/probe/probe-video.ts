import {
  CustomSource,
  EncodedPacketSink,
  Input,
  type InputTrack,
  type InputVideoTrack,
  MP4,
  Mp4InputFormat,
  QTFF,
  QuickTimeInputFormat,
  WEBM,
} from 'mediabunny';
import type { ByteReader } from './byte-reader.ts';
import { requireWholeContainer } from './container-end.ts';
import { type Container, type MediaFile, RefusedFileError } from './probe.ts';

/** Frames that the average rate is taken from. */
const FRAMES_LOOKED_AT = 512;

/** More than a picture and a few languages of sound is nobody's video. */
const MOST_TRACKS = 16;

/**
 * Reads what a video is from its container, and that its bytes are there up to the last packet. It reads headers and
 * single packets, not the whole file, and decodes nothing.
 *
 * @throws {RefusedFileError} If it is no video that TikTok could take.
 * @throws Whatever the parser thinks of malformed bytes.
 */
export async function probeVideo(reader: ByteReader): Promise<MediaFile> {
  await requireWholeContainer(reader);
  const input = new Input({
    // Not all that the library knows: a playlist would make it open other files.
    formats: [MP4, QTFF, WEBM],
    source: new CustomSource({
      getSize: () => reader.size,
      read: (start, end) => reader.read(start, end),
      prefetchProfile: 'fileSystem',
      handleUnhandledError: () => undefined,
    }),
  });
  try {
    return await describe(input);
  } finally {
    input.dispose();
  }
}

async function describe(input: Input): Promise<MediaFile> {
  if (!(await input.canRead())) throw new RefusedFileError('not_media');
  const picture = await input.getPrimaryVideoTrack();
  const tracks = await input.getTracks();
  if (picture === null || tracks.length > MOST_TRACKS) throw new RefusedFileError('unreadable');
  for (const track of tracks) await requirePackets(track);
  const begin = Math.max(0, await input.getFirstTimestamp(tracks));
  const seconds = (await input.computeDuration(tracks)) - begin;
  const width = await picture.getDisplayWidth();
  const height = await picture.getDisplayHeight();
  const frameRate = await frameRateOf(picture, seconds);
  requireSane({ seconds, width, height, frameRate });
  return {
    mediaType: 'VIDEO',
    container: await containerOf(input),
    codec: await codecOf(picture),
    durationMs: Math.round(seconds * 1000),
    frameRate,
    width,
    height,
  };
}

/** Headers can say anything, and what no video is fits no column either. */
function requireSane(figures: Readonly<Record<string, number>>): void {
  const isSane = Object.values(figures).every((figure) => figure > 0 && figure < 1e9);
  if (!isSane) throw new RefusedFileError('unreadable');
}

/** A track without packets, or whose last one is not all there, is of a file that was cut. */
async function requirePackets(track: InputTrack): Promise<void> {
  const sink = new EncodedPacketSink(track);
  for (const packet of [await sink.getFirstPacket(), await sink.getPacket(Infinity)]) {
    if (packet === null) throw new RefusedFileError('unreadable');
    if (packet.data.byteLength !== packet.byteLength) throw new RefusedFileError('truncated');
  }
}

async function containerOf(input: Input): Promise<Container> {
  const format = await input.getFormat();
  if (format instanceof QuickTimeInputFormat) return 'mov';
  return format instanceof Mp4InputFormat ? 'mp4' : 'webm';
}

async function codecOf(track: InputVideoTrack): Promise<string> {
  const codec = await track.getCodec();
  if (codec === null) return toPlainName(await track.getInternalCodecId());
  // As TikTok's documents name them.
  return codec === 'avc' ? 'h264' : codec === 'hevc' ? 'h265' : codec;
}

/** What the file itself calls a codec that the library does not know; it may be any bytes. */
function toPlainName(id: unknown): string {
  const name = typeof id === 'string' ? id.trim() : '';
  return /^[\w./-]{1,40}$/.test(name) ? name : 'unknown';
}

async function frameRateOf(track: InputVideoTrack, seconds: number): Promise<number> {
  const { averageFrameRate, probedPacketCount } = await track.computeFrameRateMetrics({
    targetPacketCount: FRAMES_LOOKED_AT,
  });
  return probedPacketCount > 1 ? averageFrameRate : 1 / seconds;
}
