import type { InputTrack, InputVideoTrack } from 'mediabunny';
import {
  CustomSource,
  EncodedPacketSink,
  Input,
  MATROSKA,
  MP4,
  Mp4InputFormat,
  QTFF,
  QuickTimeInputFormat,
  WEBM,
  WebMInputFormat,
} from 'mediabunny';
import type { ByteReader } from './byte-reader.ts';
import { openReader } from './byte-reader.ts';
import type { Container, MediaSource, VideoProbe } from './probe.ts';
import { unreadable } from './probe.ts';
import { findTruncation } from './truncation.ts';

/** Frames that the average rate is taken from: some 17 s, and no need to read a whole WebM. */
const FRAMES_LOOKED_AT = 512;

/** Tracks whose ends are looked at; more than a picture and a few languages of sound is a joke. */
const TRACKS_LOOKED_AT = 8;

/**
 * Reads what a video is from its container, and that its bytes are there from the first to the last
 * packet. Reads headers and single packets, not the whole file. The frames are not decoded.
 *
 * Runs in the probe's worker only: headers made on purpose can take all memory and time there is.
 *
 * @throws Whatever the parser thinks of malformed bytes.
 */
export async function probeVideo(source: MediaSource): Promise<VideoProbe> {
  const reader = await openReader(source);
  try {
    const truncation = await findTruncation(reader);
    if (truncation !== undefined) return unreadable(truncation);
    const input = openInput(reader);
    try {
      return await describe(input);
    } finally {
      input.dispose();
    }
  } finally {
    await reader.close();
  }
}

function openInput(reader: ByteReader): Input {
  return new Input({
    // Not all that the library knows: a playlist would make it open other files.
    formats: [MP4, QTFF, WEBM, MATROSKA],
    source: new CustomSource({
      getSize: () => reader.size,
      read: (start, end) => reader.read(start, end),
      prefetchProfile: 'fileSystem',
      handleUnhandledError: () => undefined,
    }),
  });
}

async function describe(input: Input): Promise<VideoProbe> {
  if (!(await input.canRead())) return unreadable('It is no MP4, MOV or WebM file.');
  const track = await input.getPrimaryVideoTrack();
  if (track === null) return unreadable('There is no video track in it.');
  const tracks = (await input.getTracks()).slice(0, TRACKS_LOOKED_AT);
  for (const each of tracks) {
    const missing = await findMissingPacket(each);
    if (missing !== undefined) return unreadable(missing);
  }
  const start = Math.max(0, await input.getFirstTimestamp(tracks));
  const durationSec = (await input.computeDuration(tracks)) - start;
  if (!(durationSec > 0)) return unreadable('There is no frame in it.');
  return {
    readable: true,
    container: await containerOf(input),
    codec: await codecOf(track),
    durationSec,
    frameRate: await frameRateOf(track, durationSec),
    width: await track.getDisplayWidth(),
    height: await track.getDisplayHeight(),
  };
}

/** Looks whether the bytes of a track's first and last packet are there. */
async function findMissingPacket(track: InputTrack): Promise<string | undefined> {
  // Of a track in a codec that the library does not know it still finds the packets.
  const sink = new EncodedPacketSink(track);
  const packets = [await sink.getFirstPacket(), await sink.getPacket(Number.POSITIVE_INFINITY)];
  for (const packet of packets) {
    if (packet === null) return `Its ${track.type} track ${track.number} is empty.`;
    if (packet.data.byteLength !== packet.byteLength) {
      return `Bytes of its ${track.type} track ${track.number} are missing.`;
    }
  }
  return undefined;
}

async function containerOf(input: Input): Promise<Container> {
  const format = await input.getFormat();
  if (format instanceof QuickTimeInputFormat) return 'mov';
  if (format instanceof Mp4InputFormat) return 'mp4';
  // WebM is a kind of Matroska, so it is asked first.
  return format instanceof WebMInputFormat ? 'webm' : 'matroska';
}

async function codecOf(track: InputVideoTrack): Promise<string> {
  return (await track.getCodec()) ?? String(await track.getInternalCodecId());
}

/** The average, because that is what is left to say about a variable rate. */
async function frameRateOf(track: InputVideoTrack, durationSec: number): Promise<number> {
  const metrics = await track.computeFrameRateMetrics({ targetPacketCount: FRAMES_LOOKED_AT });
  return metrics.probedPacketCount > 1 ? metrics.averageFrameRate : 1 / durationSec;
}
