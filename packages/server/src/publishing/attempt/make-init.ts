import {
  type ChunkPlan,
  planUploads,
  TikTokApiError,
  type TikTokClient,
  type VideoSourceInfo,
} from '@greenroom/sdk';
import type { Transaction } from '../../db/database.ts';
import { createMediaUrls } from '../../media/serving/media-urls.ts';
import type { StoredPost } from '../../posts/get-post.ts';
import type { AttemptRun } from './attempt-run.ts';

/** What TikTok answered to an accepted init, and the plan that it accepted. */
export interface AcceptedInit {
  readonly publishId: string;
  /** Of an upload. A secret. */
  readonly uploadUrl?: string | undefined;
  readonly plan?: ChunkPlan | undefined;
}

/** An init that is ready to be sent, as often as TikTok definitely refuses how the file is cut. */
export interface Init {
  /** How the file may be cut, the best plan first; of a pull, nothing is cut. */
  readonly plans: readonly (ChunkPlan | undefined)[];
  readonly send: (
    client: TikTokClient,
    plan: ChunkPlan | undefined,
    signal: AbortSignal,
  ) => Promise<AcceptedInit>;
}

/** How long TikTok may fetch from our addresses: it gives up after an hour. */
const URLS_LIVE_MS = 2 * 3_600_000;

/** Makes the init of an attempt, and where TikTok pulls, the addresses that it pulls from. */
export async function makeInit(tx: Transaction, run: AttemptRun): Promise<Init> {
  const { attempt, post } = run;
  if (attempt.source === 'FILE_UPLOAD') {
    const plans = planUploads(post.bytes_total ?? 0);
    return {
      plans,
      send: async (client, plan = plans[0], signal) => {
        const answer = await sendVideo(client, post, { source: 'FILE_UPLOAD', ...plan }, signal);
        return { ...answer, plan };
      },
    };
  }
  const urls = await findUrls(tx, run);
  return { plans: [undefined], send: (client, _, signal) => sendPull(client, post, urls, signal) };
}

/**
 * Sends an init, and another one with the next plan whenever TikTok clearly refuses how the file is cut: nothing was
 * made then. Each takes a slot of its own.
 */
export async function initByLadder(
  { plans, send }: Init,
  client: TikTokClient,
  signal: AbortSignal,
): Promise<AcceptedInit> {
  const [plan, ...rest] = plans;
  try {
    return await send(client, plan, signal);
  } catch (error) {
    if (rest.length === 0 || !isPlanRefused(error)) throw error;
    return initByLadder({ plans: rest, send }, client, signal);
  }
}

function isPlanRefused(error: unknown): boolean {
  return (
    error instanceof TikTokApiError &&
    /^invalid_params?$/.test(error.code) &&
    (error.status ?? 0) < 500 &&
    /chunk.?(size|count)/i.test(error.message)
  );
}

async function findUrls(tx: Transaction, run: AttemptRun): Promise<readonly string[]> {
  const { attemptId, post, services } = run;
  const foreign = post.media.flatMap(({ url }) => url ?? []);
  if (foreign.length > 0) return foreign;
  const mediaIds = post.media.flatMap(({ media_id: id }) => id ?? []);
  const expiresAt = new Date(services.clock.now().getTime() + URLS_LIVE_MS);
  return createMediaUrls(services, tx, { attemptId, mediaIds, expiresAt });
}

async function sendPull(
  client: TikTokClient,
  post: StoredPost,
  urls: readonly string[],
  signal: AbortSignal,
): Promise<AcceptedInit> {
  const [video_url = ''] = urls;
  if (post.media_type === 'VIDEO') {
    return sendVideo(client, post, { source: 'PULL_FROM_URL', video_url }, signal);
  }
  const { photo_cover_index, post_mode } = post;
  const { publish_id: publishId } = await client.initPhotos(
    {
      post_mode,
      post_info: toPhotoInfo(post),
      source_info: { source: 'PULL_FROM_URL', photo_images: urls, photo_cover_index },
    },
    { signal },
  );
  return { publishId };
}

async function sendVideo(
  client: TikTokClient,
  post: StoredPost,
  source_info: VideoSourceInfo,
  signal: AbortSignal,
): Promise<AcceptedInit> {
  const { publish_id: publishId, upload_url: uploadUrl } =
    post.post_mode === 'DIRECT_POST'
      ? await client.initVideo({ post_info: toVideoInfo(post), source_info }, { signal })
      : await client.initInboxVideo({ source_info }, { signal });
  return { publishId, uploadUrl };
}

/** What a person chose, in TikTok's names. The rules let no post come here in which a choice is missing. */
function toVideoInfo(post: StoredPost) {
  return {
    ...toCommonInfo(post),
    ...chosen({
      disable_duet: post.disable_duet,
      disable_stitch: post.disable_stitch,
      video_cover_timestamp_ms: post.video_cover_timestamp_ms,
    }),
    privacy_level: post.privacy_level ?? '',
    title: post.title,
    is_aigc: post.is_aigc,
  };
}

function toPhotoInfo(post: StoredPost) {
  const texts = { title: post.title, description: post.description };
  if (post.post_mode === 'MEDIA_UPLOAD') return texts;
  return { ...texts, ...toCommonInfo(post), auto_add_music: post.auto_add_music };
}

function toCommonInfo(post: StoredPost) {
  return chosen({
    privacy_level: post.privacy_level,
    disable_comment: post.disable_comment,
    brand_content_toggle: post.brand_content_toggle,
    brand_organic_toggle: post.brand_organic_toggle,
  });
}

/** Leaves out what nobody chose. */
function chosen<T extends object>(choices: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  const made = Object.entries(choices).filter(([, value]) => value !== null);
  // as: entries lose the names that they had.
  return Object.fromEntries(made) as { [Name in keyof T]?: NonNullable<T[Name]> };
}
