import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, join } from 'node:path';
import type { EmulatorControl } from '@greenroom/emulator';
import {
  type PublishEvent,
  type PublishRun,
  publishPhotos,
  type TikTokClient,
} from '@greenroom/sdk';
import { publishVideo } from '@greenroom/sdk/node';
import { hostMedia } from './media-host.ts';
import { ProgressBar } from './progress-bar.ts';

const MEDIA = join(import.meta.dirname, 'media');
const VIDEO = join(MEDIA, 'greenroom-demo.mp4');
const PHOTOS = [join(MEDIA, 'greenroom-demo-1.jpg'), join(MEDIA, 'greenroom-demo-2.webp')];
const NO_INTERACTIONS = { disable_comment: true, disable_duet: true, disable_stitch: true };

/** One post of the demo's report, as `--json` prints it. */
export interface DemoPost {
  readonly kind: 'video' | 'photos';
  readonly status: string;
  readonly publish_id: string;
  readonly post_ids: readonly string[];
  readonly sha256_sent: string | readonly string[];
  /** What the emulator hashed as it came in. */
  readonly sha256_received: string | readonly string[];
}

/** Publishes the repository's video, or a large one at `path`, and follows it until its public id is known. */
export async function publishDemoVideo(
  client: TikTokClient,
  control: EmulatorControl,
  path: string = VIDEO,
): Promise<DemoPost> {
  const run = publishVideo(
    client,
    {
      source: path,
      postInfo: {
        title: 'a real video for a local TikTok #greenroom',
        privacy_level: 'PUBLIC_TO_EVERYONE',
        ...NO_INTERACTIONS,
      },
    },
    { waitForPublicId: true },
  );
  return finish('video', run, control, await sha256(path));
}

/** Publishes two photos, which TikTok pulls from a server of ours. */
export async function publishDemoPhotos(
  client: TikTokClient,
  control: EmulatorControl,
): Promise<DemoPost> {
  await using host = await hostMedia(PHOTOS);
  const run = publishPhotos(
    client,
    {
      postInfo: {
        title: 'three rooms, one lamp',
        description: 'how the light moves through the day #interior',
        privacy_level: 'PUBLIC_TO_EVERYONE',
        disable_comment: true,
      },
      photoUrls: PHOTOS.map((path) => `${host.url}/${basename(path)}`),
      coverIndex: 0,
    },
    { waitForPublicId: true },
  );
  return await finish('photos', run, control, await Promise.all(PHOTOS.map(sha256)));
}

async function finish(
  kind: DemoPost['kind'],
  run: PublishRun,
  control: EmulatorControl,
  sent: string | string[],
): Promise<DemoPost> {
  const bar = new ProgressBar(kind);
  for await (const event of run) showProgress(bar, event);
  const result = await run.result;
  const why = result.status === 'failed' ? `: ${result.failReason}, ${result.explanation}` : '';
  bar.end(`${result.status} ${result.publishId}${why}`);
  const { posts } = await control.listPosts();
  const received = posts.find((post) => post.publish_id === result.publishId)?.sha256;
  return {
    kind,
    status: result.status,
    publish_id: result.publishId,
    post_ids: result.status === 'published' ? result.postIds : [],
    sha256_sent: sent,
    sha256_received: received ?? '',
  };
}

function showProgress(bar: ProgressBar, event: PublishEvent): void {
  if (event.type === 'upload') {
    const speed = `${(event.bytesPerSecond / 1e6).toFixed(0)} MB/s`;
    bar.update(event.bytesSent / event.bytesTotal, speed);
  }
  if (event.type === 'status') bar.update(1, event.status);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part);
  return hash.digest('hex');
}
