import { createHash } from 'node:crypto';
import type { Client, InputOf, Operations, OutputOf, PostState } from '@greenroom/contract';
import { type RunningEmulator, startEmulator } from '@greenroom/emulator';
import { expect } from 'vitest';
import { requiredDeclaration } from '../../../src/posts/rules/declaration.ts';
import { makeVideo, readMediaFile } from '../../media/support/files.ts';
import { upload } from '../../media/support/tus.ts';
import { askAsOwner } from '../../support/ask-as-owner.ts';
import { MANY_REQUESTS } from '../../support/many-requests.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

/** Where posts are made and looked at. */
export interface PublishSite {
  readonly api: Client;
  readonly url: string;
  readonly apiKey: string;
  readonly tiktok: RunningEmulator;
  readonly databaseUrl: string;
}

/** A server that publishes, with its own TikTok. */
export interface PublishWorld extends PublishSite, AsyncDisposable {
  readonly test: TestServer;
}

/** Starts TikTok and a server of role `all` in this process. */
export async function startPublishing(env: Record<string, string> = {}): Promise<PublishWorld> {
  await using stack = new AsyncDisposableStack();
  const tiktok = stack.use(await startEmulator());
  const test = stack.use(await startTestServer({ tiktok, env: { ...PUBLISH_SETTINGS, ...env } }));
  await tiktok.control.putApp('audited', { webhook_url: `${test.url}/webhooks/tiktok` });
  const { api, apiKey, databaseUrl, url } = test;
  const rest = stack.move();
  return {
    api,
    apiKey,
    databaseUrl,
    url,
    tiktok,
    test,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

/** Settings of servers that publish in tests. */
export const PUBLISH_SETTINGS = { GREENROOM_PASSWORD_COST: '8', ...MANY_REQUESTS };

/** Connects a creator of its own, and gives the account's id. */
export async function connectCreator(
  { api, tiktok }: PublishSite,
  username: string,
  settings: Parameters<RunningEmulator['control']['putCreator']>[1] = {},
): Promise<string> {
  await tiktok.control.putCreator(username, settings);
  const { authorize_url } = await api.startConnection({
    flow: 'desktop',
    redirect_uri: 'http://127.0.0.1:8976/callback',
  });
  const { redirect_url } = await tiktok.control.decideConsent({
    authorize_url: authorize_url ?? '',
    username,
    decision: 'allow',
  });
  const { code, state = '' } = Object.fromEntries(new URL(redirect_url).searchParams);
  return (await api.completeConnection({ code: code ?? '', state })).id;
}

/** A file of ours, and its digest in hex. */
export interface OwnMedia {
  readonly id: string;
  readonly sha256: string;
}

/** Puts a video of so many bytes into the store. */
export async function addVideo(site: PublishSite, size = 20_000): Promise<OwnMedia> {
  return addMedia(site, await makeVideo(size), 'clip.mp4');
}

/** Puts a file that the repository carries into the store, by its name: a photo by default. */
export async function addFile(site: PublishSite, name = 'photo-1080x1350.jpg'): Promise<OwnMedia> {
  return addMedia(site, await readMediaFile(name), name);
}

async function addMedia(site: PublishSite, bytes: Buffer, filename: string): Promise<OwnMedia> {
  const id = await upload(site, new Uint8Array(bytes), { filename });
  return { id, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** A post as the API shows it. */
export type Post = OutputOf<Operations['getPost']>;
/** What makes a post. */
export type NewPost = InputOf<Operations['createPost']>;

/** Every choice that a person makes for a video. */
const CHOICES = {
  privacy_level: 'SELF_ONLY',
  disable_comment: false,
  disable_duet: true,
  disable_stitch: true,
  brand_organic_toggle: false,
  brand_content_toggle: false,
} as const;

/** Makes a post as a person would who has chosen everything and agreed, for now or for a moment. */
export async function publish(
  { api }: PublishSite,
  post: Pick<NewPost, 'account_id' | 'media'> & Partial<NewPost>,
  publishAt: Date | null = null,
): Promise<Post> {
  const { media_type = 'VIDEO', post_mode = 'DIRECT_POST' } = post;
  const declaration = requiredDeclaration({ post_mode, brand_content_toggle: false });
  return api.createPost({
    title: 'first light',
    ...(post_mode === 'DIRECT_POST' ? CHOICES : {}),
    // Photos have no duets and no stitches.
    ...(media_type === 'PHOTO' ? { disable_duet: null, disable_stitch: null } : {}),
    ...post,
    media_type,
    post_mode,
    schedule: {
      publish_at: publishAt?.toISOString() ?? null,
      allow_duplicate: true,
      check_creator: false,
      ...(declaration === null ? {} : { consent: { declaration } }),
    },
  });
}

/** Waits until a post is in a state. */
export async function untilState(
  { api }: PublishSite,
  id: string,
  state: PostState,
  timeoutMs = 15_000,
): Promise<Post> {
  let post: Post | undefined;
  await expect
    .poll(
      async () => {
        post = await api.getPost({ id });
        return post.state === state ? state : `${post.state}: ${post.reason?.code}`;
      },
      { timeout: timeoutMs, interval: 50 },
    )
    .toBe(state);
  if (post === undefined) throw new Error('It was just read');
  return post;
}

/** The attempts of a post as they are stored, in order. */
export async function attemptsOf(
  { databaseUrl }: PublishSite,
  postId: string,
): Promise<
  {
    number: number;
    source: string;
    state: string;
    outcome: string | null;
    code: string | null;
    runs: number;
  }[]
> {
  return askAsOwner(
    databaseUrl,
    `select number, source, state, outcome, error_code as code, runs from attempts
      where post_id = $1 order by number`,
    [postId],
  );
}

/** What TikTok made of it all, by its own ledger. */
export async function postsAtTikTok({ tiktok }: PublishSite) {
  return (await tiktok.control.listPosts()).posts;
}

/** What TikTok answered to chunks: 206 to one that others follow, 201 to the last; nothing to one that was cut off. */
export async function chunkAnswers({ tiktok }: PublishSite): Promise<number[]> {
  const { requests } = await tiktok.control.listRequests();
  return requests.flatMap(({ method, status }) => (method === 'PUT' && status ? [status] : []));
}
