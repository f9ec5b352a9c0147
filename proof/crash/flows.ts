import type { EmulatorControl } from '@greenroom/emulator';
import { makePost } from '../support/make-post.ts';
import { makePhotos, makeVideo, makeVideoOfTwoChunks } from '../support/media-files.ts';
import type { Site, SiteAccount } from '../support/site.ts';
import type { SlowHost } from '../support/slow-host.ts';
import { type UploadedMedia, uploadMedia } from '../support/upload-media.ts';

/** How a video gets to TikTok: `GREENROOM_VIDEO_TRANSFER`. */
export type Transfer = 'upload' | 'pull';

/** A way of a post to TikTok. */
export interface Flow {
  readonly name: string;
  readonly transfer: Transfer;
  readonly media: keyof Shelf;
  readonly mode: 'DIRECT_POST' | 'MEDIA_UPLOAD';
  /** One of the four ways to TikTok: `--quick` runs these alone, the long form kills at each place of them on each engine. */
  readonly isMain?: boolean;
  /** Whether TikTok tells of posts by its events, too; else only its status does. */
  readonly hasEvents: boolean;
  /** What TikTok does wrong once in each run, so that code which mends it is reached. */
  readonly fault?: Parameters<EmulatorControl['addFault']>[0];
  /** What a person does, once it is needed: mends what is held, sends again what failed, or cancels a pull. */
  readonly person?: 'schedules again' | 'retries' | 'cancels';
}

const INIT = '/v2/post/publish/video/init/';
const CONTENT_INIT = '/v2/post/publish/content/init/';
const CREATOR_INFO = '/v2/post/publish/creator_info/query/';

/** All flows: the four ways of a post, two more, and those in which something is wrong or a person acts. */
export const FLOWS: readonly Flow[] = [
  {
    name: 'file',
    transfer: 'upload',
    media: 'video',
    mode: 'DIRECT_POST',
    hasEvents: true,
    isMain: true,
  },
  {
    name: 'file in 2 chunks',
    transfer: 'upload',
    media: 'large video',
    mode: 'DIRECT_POST',
    hasEvents: false,
  },
  {
    name: 'inbox',
    transfer: 'upload',
    media: 'video',
    mode: 'MEDIA_UPLOAD',
    hasEvents: true,
    isMain: true,
  },
  {
    name: 'url',
    transfer: 'pull',
    media: 'video',
    mode: 'DIRECT_POST',
    hasEvents: false,
    isMain: true,
  },
  {
    name: 'photos',
    transfer: 'pull',
    media: 'photos',
    mode: 'DIRECT_POST',
    hasEvents: true,
    isMain: true,
  },
  {
    name: 'inbox photos',
    transfer: 'pull',
    media: 'photos',
    mode: 'MEDIA_UPLOAD',
    hasEvents: true,
  },
  {
    name: 'file, init unanswered',
    transfer: 'upload',
    media: 'video',
    mode: 'DIRECT_POST',
    hasEvents: true,
    fault: { match: { path: INIT }, action: { drop: 'after' }, times: 1 },
  },
  {
    name: 'file, token refused',
    transfer: 'upload',
    media: 'video',
    mode: 'DIRECT_POST',
    hasEvents: true,
    fault: { match: { path: CREATOR_INFO }, action: { code: 'access_token_invalid' }, times: 1 },
  },
  {
    name: 'file, last chunk unanswered',
    transfer: 'upload',
    media: 'video',
    mode: 'DIRECT_POST',
    hasEvents: true,
    fault: { match: { method: 'PUT', path: '/upload*' }, action: { drop: 'after' }, times: 1 },
  },
  {
    name: 'file in 2 chunks, one refused',
    transfer: 'upload',
    media: 'large video',
    mode: 'DIRECT_POST',
    hasEvents: true,
    fault: {
      match: { method: 'PUT', path: '/upload*' },
      action: { status: 503 },
      times: 1,
    },
  },
  {
    name: 'photos, init unanswered',
    transfer: 'pull',
    media: 'photos',
    mode: 'DIRECT_POST',
    hasEvents: false,
    fault: {
      match: { path: CONTENT_INIT },
      action: { drop: 'before' },
      times: 1,
    },
  },
  {
    name: 'file, init limited',
    transfer: 'upload',
    media: 'video',
    mode: 'DIRECT_POST',
    hasEvents: true,
    fault: { match: { path: INIT }, action: { code: 'rate_limit_exceeded' }, times: 1 },
  },
  {
    name: 'file, creator at the cap',
    transfer: 'upload',
    media: 'video',
    mode: 'DIRECT_POST',
    hasEvents: true,
    fault: {
      match: { path: CREATOR_INFO },
      action: { status: 200, code: 'spam_risk_too_many_posts' },
      times: 1,
    },
    person: 'schedules again',
  },
  {
    name: 'file, init refused',
    transfer: 'upload',
    media: 'video',
    mode: 'DIRECT_POST',
    hasEvents: true,
    fault: { match: { path: INIT }, action: { code: 'invalid_param' }, times: 1 },
    person: 'retries',
  },
  {
    name: 'file, upload_url gone',
    transfer: 'upload',
    media: 'video',
    mode: 'DIRECT_POST',
    hasEvents: false,
    fault: { match: { path: '/upload*' }, action: { status: 404 }, times: 1 },
  },
  {
    name: 'photos, fetched without an answer',
    transfer: 'pull',
    media: 'photos',
    mode: 'DIRECT_POST',
    hasEvents: true,
    fault: {
      match: { path: CONTENT_INIT },
      action: { truncate_bytes: 20, bytes_per_second: 20 },
      times: 1,
    },
  },
  {
    name: 'url, fetched without an answer',
    transfer: 'pull',
    media: 'video',
    mode: 'DIRECT_POST',
    hasEvents: false,
    fault: {
      match: { path: INIT },
      action: { truncate_bytes: 20, bytes_per_second: 20 },
      times: 1,
    },
  },
  {
    name: 'photos, fetch failed',
    transfer: 'pull',
    media: 'photos',
    mode: 'DIRECT_POST',
    hasEvents: false,
    fault: {
      match: { path: CONTENT_INIT },
      action: { fail_reason: 'photo_pull_failed' },
      times: 1,
    },
  },
  {
    name: 'url, status away',
    transfer: 'pull',
    media: 'video',
    mode: 'DIRECT_POST',
    hasEvents: false,
    fault: { match: { path: '/v2/post/publish/status/fetch/' }, action: { status: 503 }, times: 1 },
  },
  {
    name: 'url, canceled',
    transfer: 'pull',
    media: 'held video',
    mode: 'DIRECT_POST',
    hasEvents: true,
    person: 'cancels',
  },
  {
    name: 'url, canceled at the second try',
    transfer: 'pull',
    media: 'held video',
    mode: 'DIRECT_POST',
    hasEvents: true,
    fault: { match: { path: '/v2/post/publish/cancel/' }, action: { status: 503 }, times: 1 },
    person: 'cancels',
  },
];

/** Something to post, and what TikTok should have of it then. */
type ShelvedMedia = { readonly sha256: string } & (
  | { readonly id: string }
  | { readonly url: string }
);

/** The media of one installation: each file is brought there once. */
export interface Shelf {
  readonly video: readonly ShelvedMedia[];
  readonly 'large video': readonly ShelvedMedia[];
  readonly photos: readonly ShelvedMedia[];
  /** At somebody else's, who holds the end of it back while a case runs: TikTok pulls until it is told to stop. */
  readonly 'held video': readonly ShelvedMedia[];
}

/** Brings the media of flows to an installation. */
export async function fillShelf(
  site: Site,
  host: SlowHost,
  flows: readonly Flow[],
): Promise<Shelf> {
  const needs = (media: Flow['media']) => flows.some((flow) => flow.media === media);
  const bring = (name: string, bytes: Uint8Array) => uploadMedia(site, name, bytes);
  const photos: UploadedMedia[] = [];
  if (needs('photos')) {
    for (const bytes of await makePhotos()) photos.push(await bring('photo.jpg', bytes));
  }
  const video = needs('video') ? [await bring('video.mp4', await makeVideo())] : [];
  const large = needs('large video')
    ? [await bring('large.mp4', await makeVideoOfTwoChunks())]
    : [];
  const held = [{ url: host.url, sha256: host.sha256 }];
  return { video, 'large video': large, photos, 'held video': held };
}

/** Makes a post of a flow that is due in an hour. Returns its id. */
export async function schedulePost(
  site: Site,
  shelf: Shelf,
  flow: Flow,
  account: SiteAccount,
): Promise<string> {
  const { clock } = await site.tiktok.control.getState();
  return makePost(site, {
    account,
    mediaType: flow.media === 'photos' ? 'PHOTO' : 'VIDEO',
    mode: flow.mode,
    media: shelf[flow.media].map((one) => ('url' in one ? { url: one.url } : { media_id: one.id })),
    title: flow.name,
    publishAt: new Date(Date.parse(clock.now) + 3_600_000),
  });
}
