import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PostState } from '@greenroom/contract';
import type { RateLimiter, TikTokClient } from '@greenroom/sdk';
import { sweepPolls } from '../../../src/publishing/follow/sweep-polls.ts';
import { sweepWebhookEvents } from '../../../src/webhooks/sweep-webhook-events.ts';
import { connect } from '../../accounts/support/connect.ts';
import type { TestWorkspace, World } from '../../accounts/support/world.ts';

const media = new URL('../../../../emulator/test/media/', import.meta.url);

/** What a post is made with that TikTok has already. */
export interface FollowedOptions {
  readonly source?: 'FILE_UPLOAD' | 'PULL_FROM_URL';
  readonly postMode?: 'DIRECT_POST' | 'MEDIA_UPLOAD';
  readonly privacyLevel?: string;
  readonly title?: string;
  readonly state?: PostState;
  /** Whether our row knows the `publish_id` that TikTok gave. */
  readonly isAnswerLost?: boolean;
  /** Whether TikTok has all bytes of an upload. */
  readonly isUploaded?: boolean;
  /** Whether the attempt may still act. */
  readonly isOpen?: boolean;
}

/** A post that TikTok has and we follow. */
export interface Followed {
  readonly postId: string;
  readonly attemptId: string;
  readonly publishId: string;
}

/** What is seen of a post. */
export interface SeenPost {
  readonly state: PostState;
  readonly state_reason: string | null;
  readonly visibility: string | null;
  readonly post_ids: string[];
  readonly publish_id: string | null;
  readonly wait_reason: string | null;
  readonly polls: number;
  readonly next_poll_at: Date | null;
  readonly state_details: Record<string, unknown>;
}

/** One connected account of a world, and posts of it that TikTok has: the rest of the platform is left out. */
export class Follower {
  readonly accountId: string;
  readonly username: string;
  readonly openId: string;
  readonly #world: World;
  readonly #workspace: TestWorkspace;
  readonly #client: TikTokClient;

  private constructor(
    world: World,
    workspace: TestWorkspace,
    account: { readonly id: string; readonly open_id: string; readonly username: string },
  ) {
    this.#world = world;
    this.#workspace = workspace;
    this.accountId = account.id;
    this.openId = account.open_id;
    this.username = account.username;
    const actor = { kind: 'system', id: 'test' } as const;
    const use = { workspaceId: workspace.id, accountId: account.id, actor, reason: 'test' };
    this.#client = world.services.broker.clientFor(use, { limiter: unlimited });
  }

  /** Connects an account of a creator of its own. */
  static async connect(world: World, scopes?: readonly string[]): Promise<Follower> {
    const username = `creator_${randomUUID().slice(0, 8)}`;
    await world.tiktok.control.putCreator(username);
    const decision = { username, ...(scopes === undefined ? {} : { scopes: [...scopes] }) };
    const account = await connect(world, world.workspace, decision);
    return new Follower(world, world.workspace, { ...account, username });
  }

  /** Makes a post at TikTok and its rows here, as the publishing workflow leaves them. */
  async make(options: FollowedOptions = {}): Promise<Followed> {
    const publishId = await this.#makeAtTikTok(options);
    const ids = { postId: randomUUID(), attemptId: randomUUID(), publishId };
    await this.#store(ids, options);
    return ids;
  }

  /** One round of the sweep over polls, of all posts at once. */
  async poll(): Promise<void> {
    await this.#world.rows(
      'update posts set next_poll_at = app_now() where next_poll_at is not null',
    );
    await this.sweep();
  }

  /** One round of the sweep over polls, of what is due. */
  async sweep(): Promise<void> {
    const signal = AbortSignal.timeout(20_000);
    await sweepPolls(this.#world.services, { limit: 100, signal });
  }

  /** Lets TikTok deliver its events, and processes them. */
  async hear(): Promise<void> {
    await this.#world.rows(
      'update webhook_events set next_try_at = app_now() where processed_at is null',
    );
    await sweepWebhookEvents(this.#world.services, { limit: 100 });
  }

  /** Waits until TikTok has nothing to do any more, its clock moved from event to event. */
  async settleTikTok(): Promise<void> {
    await this.#world.tiktok.control.waitIdle({ advance: true });
  }

  async see({ postId }: Pick<Followed, 'postId'>): Promise<SeenPost> {
    const [post] = await this.#world.rows<SeenPost>(
      `select state, state_reason, visibility, post_ids, publish_id, wait_reason, polls, next_poll_at, state_details
       from posts where id = $1`,
      [postId],
    );
    if (post === undefined) throw new Error(`There is no post ${postId}`);
    return post;
  }

  /** Types of the events of a post, oldest first. */
  async events({ postId }: Pick<Followed, 'postId'>): Promise<string[]> {
    const rows = await this.#world.rows<{ type: string }>(
      'select type from events where post_id = $1 order by id',
      [postId],
    );
    return rows.map(({ type }) => type);
  }

  async #makeAtTikTok(options: FollowedOptions): Promise<string> {
    const { source = 'FILE_UPLOAD', postMode = 'DIRECT_POST', isUploaded = true } = options;
    const bytes = await readFile(new URL('pass.mp4', media));
    const size = bytes.length;
    const source_info =
      source === 'FILE_UPLOAD'
        ? { source, video_size: size, chunk_size: size, total_chunk_count: 1 }
        : { source, video_url: await serveOnce(bytes, isUploaded) };
    const post_info = {
      privacy_level: options.privacyLevel ?? 'PUBLIC_TO_EVERYONE',
      title: options.title ?? '',
    };
    const { publish_id, upload_url } =
      postMode === 'DIRECT_POST'
        ? await this.#client.initVideo({ post_info, source_info })
        : await this.#client.initInboxVideo({ source_info });
    if (upload_url !== undefined && isUploaded) await send(upload_url, bytes);
    return publish_id;
  }

  async #store(
    { attemptId, postId, publishId }: Followed,
    options: FollowedOptions,
  ): Promise<void> {
    const { source = 'FILE_UPLOAD', postMode = 'DIRECT_POST', state = 'processing' } = options;
    const { isAnswerLost = false, isOpen = state === 'publishing', isUploaded = true } = options;
    const known = isAnswerLost ? null : publishId;
    const isFollowed = ['processing', 'in_inbox', 'unknown'].includes(state);
    await this.#world.rows(
      `insert into posts (id, workspace_id, account_id, state, state_reason, media_type, post_mode, privacy_level,
         title, attempt_id, attempts, publish_id, bytes_total, bytes_confirmed, next_poll_at, fenced_at,
         created_by_kind, created_by_id)
       values ($1, $2, $3, $4, 'fence_passed', 'VIDEO', $5, $6, $7, $8, 1, $9, 100, $10,
         case when $11 then app_now() end, app_now(), 'system', 'test')`,
      [
        postId,
        this.#workspace.id,
        this.accountId,
        state,
        postMode,
        postMode === 'DIRECT_POST' ? (options.privacyLevel ?? 'PUBLIC_TO_EVERYONE') : null,
        options.title ?? '',
        attemptId,
        known,
        isUploaded ? 100 : 0,
        isFollowed,
      ],
    );
    await this.#world.rows(
      `insert into attempts (id, workspace_id, post_id, account_id, number, source, state, outcome, init_sent_at,
         init_answered_at, publish_id, bytes_confirmed)
       values ($1, $2, $3, $4, 1, $5, $6, $7, app_now() - interval '2 seconds', case when $8::text is not null then app_now() end, $8, $9)`,
      [
        attemptId,
        this.#workspace.id,
        postId,
        this.accountId,
        source,
        isOpen ? 'open' : 'ended',
        isOpen ? null : 'fenced',
        known,
        isUploaded ? 100 : 0,
      ],
    );
  }
}

// What a test makes at TikTok is none of the ledger's business.
const unlimited: RateLimiter = { acquire: async () => undefined, state: () => [] };

async function send(uploadUrl: string, bytes: Buffer): Promise<void> {
  const { length } = bytes;
  const response = await fetch(uploadUrl, {
    method: 'PUT',
    headers: { 'content-type': 'video/mp4', 'content-range': `bytes 0-${length - 1}/${length}` },
    body: new Uint8Array(bytes),
  });
  if (response.status !== 201) throw new Error(`The upload was answered ${response.status}`);
}

/** Serves a video for TikTok to pull; one that is never to be whole is held back until the test ends. */
async function serveOnce(bytes: Buffer, isWhole: boolean): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes.length });
    if (isWhole) response.end(bytes);
    else response.write(bytes.subarray(0, 10));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  // It listens on TCP, so its address is no pipe's name.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/video.mp4`;
}
