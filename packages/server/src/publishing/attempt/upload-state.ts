import {
  chunkRange,
  isVideoContentType,
  parseUploadCheckpoint,
  TikTokUploadError,
  type UploadCheckpoint,
  type VideoSource,
} from '@greenroom/sdk';
import type { Place } from '../../accounts/vault/vault.ts';
import type { Transaction } from '../../db/database.ts';
import type { Services } from '../../http/services.ts';
import type { MediaFacts } from '../../media/media-facts.ts';
import { MediaGoneError } from '../../media/store/media-store.ts';
import type { AttemptRow } from './attempt-store.ts';
import type { AcceptedInit } from './make-init.ts';

/** A video that is to be sent, as it is in the store now. */
export interface Video {
  readonly source: VideoSource;
  /** As TikTok wants it said with each chunk. */
  readonly contentType: UploadCheckpoint['content_type'];
}

/**
 * Opens the video that was found for a post.
 *
 * @param facts - What its row says; undefined: there is none any more.
 * @throws {MediaGoneError} If it is not there, or not whole.
 */
export async function openVideo(
  { media }: Pick<Services, 'media'>,
  mediaId: string,
  facts: MediaFacts | undefined,
): Promise<Video> {
  const { content_type: contentType, sha256, size } = facts ?? {};
  if (!isVideoContentType(contentType)) throw new MediaGoneError(mediaId);
  const source = await requireFile({ media }, mediaId, size);
  // By its digest: an upload goes on in any process, and only with these very bytes.
  return { source: { ...source, fingerprint: sha256 ?? undefined }, contentType };
}

/** @throws {MediaGoneError} If the store has not all of the file. */
export async function requireFile(
  { media }: Pick<Services, 'media'>,
  mediaId: string,
  size: number | undefined,
): Promise<VideoSource> {
  const source = await media.store.openSource(mediaId);
  if (source.size !== size) throw new MediaGoneError(mediaId);
  return source;
}

/** TikTok's `upload_url` is good for an hour from init. */
const HOUR_MS = 3_600_000;

/** What is stored of an accepted init, so that another process can send what is missing. It holds the `upload_url`. */
export function toCheckpoint(
  { plan, uploadUrl }: AcceptedInit,
  { contentType, source }: Video,
  sentAt: Date,
): UploadCheckpoint {
  return parseUploadCheckpoint({
    ...plan,
    version: 1,
    upload_url: uploadUrl,
    content_type: contentType,
    uploaded_bytes: 0,
    expires_at: new Date(sentAt.getTime() + HOUR_MS).toISOString(),
    source_fingerprint: source.fingerprint ?? null,
  });
}

/** Whether the chunk that is sent next is the last one: with it, TikTok has everything. */
export function isLastChunkNext(checkpoint: UploadCheckpoint): boolean {
  const { uploaded_bytes: position, video_size: size } = checkpoint;
  return position >= size || chunkRange(checkpoint, position).last === size - 1;
}

/** Seals a checkpoint for its attempt's row. */
export async function sealCheckpoint(
  { vault }: Pick<Services, 'vault'>,
  tx: Transaction,
  attempt: Pick<AttemptRow, 'id' | 'workspace_id'>,
  checkpoint: UploadCheckpoint,
): Promise<Buffer> {
  return vault.sealText(tx, placeOf(attempt), JSON.stringify(checkpoint));
}

/** Opens the checkpoint of an attempt, at the byte where the attempt stands. */
export async function openCheckpoint(
  { vault }: Pick<Services, 'vault'>,
  tx: Transaction,
  attempt: AttemptRow,
): Promise<UploadCheckpoint> {
  const { bytes_confirmed: uploaded_bytes, upload_sealed: sealed } = attempt;
  // Given up with a lost master key: as good as expired.
  if (sealed === null) throw new TikTokUploadError({ code: 'upload_url_expired' });
  const stored: unknown = JSON.parse(await vault.openText(tx, placeOf(attempt), sealed));
  return parseUploadCheckpoint({ ...Object(stored), uploaded_bytes });
}

function placeOf({
  id,
  workspace_id: workspaceId,
}: Pick<AttemptRow, 'id' | 'workspace_id'>): Place {
  return { workspaceId, table: 'attempts', column: 'upload_sealed', rowId: id };
}
