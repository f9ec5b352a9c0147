import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@greenroom/contract';
import type { EmulatorControl } from '@greenroom/emulator';
import { ProgressBar } from './progress-bar.ts';
import { untilSettled } from './until-settled.ts';
import { type DemoApi, uploadMedia } from './upload.ts';

const MEDIA = join(import.meta.dirname, 'media');
const VIDEO = join(MEDIA, 'greenroom-demo.mp4');
const PHOTOS = [join(MEDIA, 'greenroom-demo-1.jpg'), join(MEDIA, 'greenroom-demo-2.webp')];

const HOUR_SECONDS = 3600;

/** One post of the demo's report, as `--json` prints it. */
export interface DemoPost {
  readonly kind: 'video' | 'photos' | 'draft' | 'scheduled';
  readonly status: string;
  readonly publish_id: string;
  readonly post_ids: readonly string[];
  readonly sha256_sent: readonly string[];
  /** What the emulator hashed as it came in. */
  readonly sha256_received: readonly string[];
  /** Whether Greenroom and TikTok name the same public posts. */
  readonly ids_match: boolean;
}

/** What the demo publishes with. */
export interface DemoStage {
  readonly greenroom: DemoApi;
  readonly tiktok: EmulatorControl;
  /** The account that posts, and the name by which TikTok knows its creator. */
  readonly account: { readonly id: string; readonly username: string };
  /** Moves both clocks. */
  readonly moveClocks: (seconds: number) => Promise<void>;
  readonly say: (words: string) => void;
}

type Post = Awaited<ReturnType<Client['getPost']>>;
type NewPost = Parameters<Client['validatePost']>[0];

// What a person chose on a posting screen; nothing of it has a default.
const CHOICES = {
  privacy_level: 'PUBLIC_TO_EVERYONE',
  disable_comment: true,
  brand_organic_toggle: false,
  brand_content_toggle: false,
} as const;
const VIDEO_CHOICES = { ...CHOICES, disable_duet: true, disable_stitch: true } as const;

/** Publishes a video at once, and follows it until its public id is known. */
export async function publishVideo(stage: DemoStage, path = VIDEO): Promise<DemoPost> {
  const media = await uploadMedia(stage.greenroom, path);
  const post = await create(stage, {
    account_id: stage.account.id,
    media_type: 'VIDEO',
    media: [{ media_id: media.id }],
    title: 'a real video for a local TikTok #greenroom',
    ...VIDEO_CHOICES,
  });
  return finish(stage, 'video', await follow(stage, 'video', post, isPublic), [path]);
}

/** Publishes two photos, which TikTok pulls from Greenroom. */
export async function publishPhotos(stage: DemoStage): Promise<DemoPost> {
  const media = [];
  for (const path of PHOTOS) {
    const { id } = await uploadMedia(stage.greenroom, path);
    media.push({ media_id: id });
  }
  const post = await create(stage, {
    account_id: stage.account.id,
    media_type: 'PHOTO',
    media,
    title: 'three rooms, one lamp',
    description: 'how the light moves through the day #interior',
    ...CHOICES,
  });
  return finish(stage, 'photos', await follow(stage, 'photos', post, isPublic), PHOTOS);
}

/** Sends a draft to the creator's inbox, where the creator finishes it in the app. */
export async function sendDraft(stage: DemoStage): Promise<DemoPost> {
  const { account, say, tiktok } = stage;
  const media = await uploadMedia(stage.greenroom, VIDEO);
  const post = await create(stage, {
    account_id: account.id,
    media_type: 'VIDEO',
    post_mode: 'MEDIA_UPLOAD',
    media: [{ media_id: media.id }],
  });
  const waiting = await follow(stage, 'draft', post, ({ state }) => state === 'in_inbox');
  say(`draft: ${account.username} opens TikTok's inbox and posts it`);
  await tiktok.act(account.username, {
    act: 'post_inbox',
    publish_id: waiting.publish_id ?? '',
    count: 1,
  });
  return finish(stage, 'draft', await follow(stage, 'draft', waiting, isPublic), [VIDEO]);
}

/** Schedules a video an hour ahead, and lets that hour pass. */
export async function scheduleVideo(stage: DemoStage): Promise<DemoPost> {
  const media = await uploadMedia(stage.greenroom, VIDEO);
  const publishAt = new Date(Date.parse(media.created_at) + HOUR_SECONDS * 1000);
  const post = await create(stage, {
    account_id: stage.account.id,
    media_type: 'VIDEO',
    media: [{ media_id: media.id }],
    title: 'the same harbour, an hour later #greenroom',
    publish_at: publishAt.toISOString(),
    ...VIDEO_CHOICES,
  });
  if (post.state !== 'scheduled') throw new Error(`it should be scheduled, and is ${post.state}`);
  stage.say(`scheduled for ${post.publish_at}; an hour later, by both clocks:`);
  await stage.moveClocks(HOUR_SECONDS);
  return finish(stage, 'scheduled', await follow(stage, 'scheduled', post, isPublic), [VIDEO]);
}

/** Composes a post as a screen does: what a person must have read is asked for, then agreed to. */
async function create({ greenroom }: DemoStage, post: NewPost): Promise<Post> {
  const { problems, required_declaration } = await greenroom.api.validatePost(post);
  const blocking = problems.filter((problem) => problem.is_blocking);
  if (blocking.length > 0) throw new Error(blocking.map(({ words }) => words).join(' '));
  const consent =
    required_declaration === null ? {} : { consent: { declaration: required_declaration } };
  // The video of the repository goes out more than once.
  const schedule = { ...consent, allow_duplicate: true };
  return greenroom.api.createPost({ ...post, schedule });
}

async function follow(
  { greenroom }: DemoStage,
  label: string,
  { id }: Post,
  isDone: (post: Post) => boolean,
): Promise<Post> {
  const bar = new ProgressBar(label);
  const ask = async () => {
    const post = await greenroom.api.getPost({ id });
    const { bytes_confirmed, bytes_total, state } = post;
    bar.update(bytes_total ? bytes_confirmed / bytes_total : 0, state);
    return post;
  };
  const post = await untilSettled(
    ask,
    (seen) => isDone(seen) || ['failed', 'held', 'unknown', 'canceled'].includes(seen.state),
  );
  const why = isDone(post) ? '' : `: ${post.reason?.words}`;
  bar.end(`${post.state} ${post.publish_id ?? ''}${why}`);
  return post;
}

function isPublic({ state, visibility }: Post): boolean {
  return state === 'published' && visibility === 'public';
}

async function finish(
  { tiktok }: DemoStage,
  kind: DemoPost['kind'],
  post: Post,
  paths: readonly string[],
): Promise<DemoPost> {
  const { posts } = await tiktok.listPosts();
  const received = posts.find(({ publish_id }) => publish_id === post.publish_id);
  return {
    kind,
    status: post.state,
    publish_id: post.publish_id ?? '',
    post_ids: post.post_ids,
    sha256_sent: await Promise.all(paths.map(sha256)),
    sha256_received: [received?.sha256 ?? []].flat(),
    ids_match: JSON.stringify(received?.post_ids) === JSON.stringify(post.post_ids),
  };
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part);
  return hash.digest('hex');
}
