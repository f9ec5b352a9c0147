import type { ChunkSender, TransferOptions, UploadCheckpoint } from '@greenroom/sdk';
import { resumeUpload, uploadVideo } from '@greenroom/sdk/node';
import { recordEvent } from '../../events/record-event.ts';
import { getMediaFacts } from '../../media/media-facts.ts';
import { isLoopbackName } from '../../runtime/loopback.ts';
import { type AttemptRun, commit } from './attempt-run.ts';
import { storeProgress } from './attempt-store.ts';
import { clientForPost } from './client-for-post.ts';
import { endFailedUpload } from './end-failed-upload.ts';
import { passFence } from './end-run.ts';
import type { NewUpload } from './send-init.ts';
import { PATIENCE_MS } from './start-attempt.ts';
import { isLastChunkNext, openCheckpoint, openVideo } from './upload-state.ts';

/** A video on its way. */
interface Sending extends NewUpload {
  /** Of TikTok's answer to init. */
  readonly publishId: string;
  /** Whether the checkpoint is of just now, so that TikTok need not be asked what it has. */
  readonly isNew: boolean;
}

/**
 * Sends the video, or what TikTok lacks of it, up to the fence: the last chunk.
 *
 * @param begun - The upload of an init of just now; left out, TikTok is asked first what it has.
 */
export async function transfer(
  run: AttemptRun,
  sender: ChunkSender,
  begun?: Sending,
): Promise<void> {
  const calls = clientForPost(run.services, run, { patienceMs: PATIENCE_MS });
  try {
    const upload = begun ?? (await findUpload(run));
    const { bytes } = await send(upload, {
      ...optionsOf(run, upload),
      sender,
      fetchStatus: (signal) => calls.client.fetchStatus(upload.publishId, { signal }),
    });
    await commit(run, (tx) => passFence(tx, run, bytes), calls);
  } catch (error) {
    await endFailedUpload(run, calls, error);
  }
}

/** What is needed to begin with the first byte. */
export function toSending(upload: NewUpload, publishId: string): Sending {
  return { ...upload, publishId, isNew: true };
}

/** What a former run left: where it stood, and the video as it is now. */
async function findUpload({ attempt, post, services, ...run }: AttemptRun): Promise<Sending> {
  const mediaId = post.media[0]?.media_id ?? '';
  const { checkpoint, facts } = await commit({ ...run, services }, async (tx) => ({
    checkpoint: await openCheckpoint(services, tx, attempt),
    facts: await getMediaFacts(tx, [mediaId]),
  }));
  const video = await openVideo(services, mediaId, facts[0]);
  return { video, checkpoint, publishId: attempt.publish_id ?? '', isNew: false };
}

function send(
  { checkpoint, isNew, video }: Sending,
  options: TransferOptions & { readonly fetchStatus: NonNullable<TransferOptions['fetchStatus']> },
) {
  if (!isNew) return resumeUpload({ ...options, checkpoint });
  return uploadVideo({
    ...options,
    uploadUrl: checkpoint.upload_url,
    plan: checkpoint,
    contentType: video.contentType,
    expiresAt: new Date(checkpoint.expires_at),
  });
}

function optionsOf(run: AttemptRun, { checkpoint, isNew, video }: Sending) {
  const { config, clock } = run.services;
  const allowUploadHost = isLocal(new URL(config.tiktokApiUrl)) ? isLocal : undefined;
  let stored: Progress = {
    bytes: checkpoint.uploaded_bytes,
    // By a former run, or by this one together with init's answer.
    isFenced: run.attempt.fence_at !== null || (isNew && isLastChunkNext(checkpoint)),
  };
  return {
    source: video.source,
    signal: run.signal,
    clock: () => clock.now(),
    allowUploadHost,
    onCheckpoint: async (reached: UploadCheckpoint) => {
      const isFenced = stored.isFenced || isLastChunkNext(reached);
      const progress = { bytes: reached.uploaded_bytes, isFenced };
      await confirm(run, stored, progress);
      stored = progress;
    },
  };
}

/** How far an upload is, as it is committed. */
interface Progress {
  readonly bytes: number;
  /** Whether the last chunk is sent next, or was. */
  readonly isFenced: boolean;
}

/** A stand-in of TikTok's on this machine takes uploads here, too. */
function isLocal({ hostname }: URL): boolean {
  return isLoopbackName(hostname);
}

/**
 * Commits what TikTok has, and that the last chunk is sent next: from there on it can post, and nobody cancels it any
 * more. What changes nothing is not written; the end of the upload is written by whoever passes the fence.
 */
async function confirm(run: AttemptRun, stored: Progress, progress: Progress): Promise<void> {
  const { bytes, isFenced } = progress;
  const total = run.post.bytes_total ?? 0;
  if (bytes >= total) return;
  if (bytes === stored.bytes && isFenced === stored.isFenced) return;
  const { accountId, attemptId, postId } = run;
  await commit(run, async (tx) => {
    await storeProgress(tx, run, progress);
    const details = { phase: 'transfer', bytes_confirmed: bytes, bytes_total: total };
    await recordEvent(tx, { type: 'post.progress', postId, accountId, attemptId, details });
  });
}
