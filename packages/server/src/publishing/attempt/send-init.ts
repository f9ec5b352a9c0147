import type { CreatorInfo, UploadCheckpoint } from '@greenroom/sdk';
import type { Transaction } from '../../db/database.ts';
import type { MediaFacts } from '../../media/media-facts.ts';
import { MediaGoneError } from '../../media/store/media-store.ts';
import { adoptPublishId, lockFollowed } from '../follow/follow-queries.ts';
import { type AttemptRun, commit } from './attempt-run.ts';
import { LostAttempt, markInitSent, storeInitAnswer } from './attempt-store.ts';
import { clientForPost, type PostClient } from './client-for-post.ts';
import { endFailedInit } from './end-failed-init.ts';
import { hold, passFence } from './end-run.ts';
import { type AcceptedInit, type Init, initByLadder, makeInit } from './make-init.ts';
import { preflight } from './preflight.ts';
import { PATIENCE_MS } from './start-attempt.ts';
import {
  isLastChunkNext,
  openVideo,
  requireFile,
  sealCheckpoint,
  toCheckpoint,
  type Video,
} from './upload-state.ts';

/** An upload that has not begun. */
export interface NewUpload {
  readonly video: Video;
  readonly checkpoint: UploadCheckpoint;
}

/**
 * Asks what the creator may do now, and sends init.
 *
 * @returns The upload that follows; nothing if the run is over, because TikTok pulls or something was in the way.
 */
export async function sendInit(
  run: AttemptRun,
): Promise<{ readonly publishId: string; readonly upload: NewUpload } | undefined> {
  const calls = clientForPost(run.services, run, {
    patienceMs: PATIENCE_MS,
    beforeSending: async ({ endpoint }) => {
      // Intent before act: whoever finds it without an answer knows that init may have been sent.
      if (endpoint.endsWith('init')) await commit(run, (tx) => markInitSent(tx, run));
    },
  });
  let video: Video | undefined;
  let answer: AcceptedInit;
  const sentAt = run.services.clock.now();
  try {
    const creator = await askCreator(run, calls);
    const prepared = await prepare(run, calls, creator);
    if (prepared === undefined) return undefined;
    const { init, media } = prepared;
    video = await findVideo(run, media);
    answer = await beforeCutOff(run.signal, (cut) => initByLadder(init, calls.client, cut));
  } catch (error) {
    await endFailed(run, calls, error);
    return undefined;
  }
  const upload = video && { video, checkpoint: toCheckpoint(answer, video, sentAt) };
  await accept(run, calls, answer, upload);
  return upload && { upload, publishId: answer.publishId };
}

/**
 * The video that is to be uploaded; of a pull nothing, but its files are there. Looked at before init is sent: for a
 * file that is gone none is spent.
 */
async function findVideo(
  { attempt, post, services }: AttemptRun,
  media: readonly MediaFacts[],
): Promise<Video | undefined> {
  if (attempt.source === 'FILE_UPLOAD') {
    return openVideo(services, post.media[0]?.media_id ?? '', media[0]);
  }
  for (const { id, size } of media) await requireFile(services, id, size);
  return undefined;
}

/** What the creator may do now. Drafts have no choices: the creator makes them in the TikTok app. */
async function askCreator(
  { post, signal }: AttemptRun,
  { client }: PostClient,
): Promise<CreatorInfo | undefined> {
  return post.post_mode === 'DIRECT_POST' ? client.queryCreatorInfo({ signal }) : undefined;
}

async function prepare(
  run: AttemptRun,
  calls: PostClient,
  creator: CreatorInfo | undefined,
): Promise<{ readonly init: Init; readonly media: readonly MediaFacts[] } | undefined> {
  const work = async (tx: Transaction) => {
    const media = await preflight(tx, run, creator);
    return media && { init: await makeInit(tx, run), media };
  };
  return commit(run, work, calls);
}

async function endFailed(run: AttemptRun, calls: PostClient, error: unknown): Promise<void> {
  if (!(error instanceof MediaGoneError)) return endFailedInit(run, calls, error);
  const end = { outcome: 'held', code: 'media_gone' };
  await commit(run, (tx) => hold(tx, run, 'media_gone', { media_id: error.mediaId }, end), calls);
}

/**
 * What init returned is committed before the first byte; where TikTok pulls, nothing is left to be sent. Whatever is
 * wrong with the database, it is tried for a while: without the answer a person may have to look what became of it.
 */
async function accept(
  run: AttemptRun,
  calls: PostClient,
  { publishId }: AcceptedInit,
  upload: NewUpload | undefined,
): Promise<void> {
  const store = async (tx: Transaction) => {
    await storeInitAnswer(tx, run, { publishId, ...(await toStored(tx, run, upload)) });
    if (upload === undefined) await passFence(tx, run);
  };
  try {
    await commit(run, store, calls, INSIST_MS);
  } catch (error) {
    if (error instanceof LostAttempt) await commit(run, (tx) => tellUnknown(tx, run, publishId));
    throw error;
  }
}

/** This process was taken for dead, and the post is `unknown` for want of the answer that is here now. */
async function tellUnknown(tx: Transaction, run: AttemptRun, publishId: string): Promise<void> {
  const post = await lockFollowed(tx, run);
  if (post?.state !== 'unknown' || post.present_attempt_id !== run.attemptId) return;
  await adoptPublishId(tx, run, publishId);
}

async function toStored(tx: Transaction, run: AttemptRun, upload: NewUpload | undefined) {
  if (upload === undefined) return { uploadSealed: null, uploadExpiresAt: null, isFenced: true };
  const { checkpoint } = upload;
  return {
    uploadSealed: await sealCheckpoint(run.services, tx, run.attempt, checkpoint),
    uploadExpiresAt: new Date(checkpoint.expires_at),
    isFenced: isLastChunkNext(checkpoint),
  };
}

/** An init that is cut off has an unknown fate: when this process stops, it gets a moment more to be answered. */
async function beforeCutOff<T>(
  stop: AbortSignal,
  work: (cut: AbortSignal) => Promise<T>,
): Promise<T> {
  const cut = new AbortController();
  const begin = () => setTimeout(() => cut.abort(stop.reason), GRACE_MS).unref();
  stop.throwIfAborted();
  stop.addEventListener('abort', begin, { once: true });
  try {
    return await work(cut.signal);
  } finally {
    stop.removeEventListener('abort', begin);
  }
}

const GRACE_MS = 5_000;
const INSIST_MS = 30_000;
