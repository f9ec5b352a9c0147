import { toOfficialInboxInit, toOfficialPhotoInit, toOfficialVideoInit } from './aliases.ts';
import { CREATOR_INFO, type CreatorInfo, readCreatorInfo } from './creator-info.ts';
import {
  readUser,
  readVideoPage,
  readVideos,
  USER_INFO,
  type UserField,
  type UserInfo,
  VIDEO_LIST,
  VIDEO_QUERY,
  type Video,
  type VideoField,
  type VideoListRequest,
  type VideoPage,
} from './display.ts';
import { invalidArgument } from './errors.ts';
import { TikTokApi } from './http/api.ts';
import { readBaseUrl } from './http/base-url.ts';
import { toFieldsQuery } from './http/fields.ts';
import {
  type CallOptions,
  type Transport,
  type TransportOptions,
  toTransport,
} from './http/transport.ts';
import { type RateLimiter, SlidingWindowLimiter } from './limiter.ts';
import {
  CANCEL,
  INBOX_VIDEO_INIT,
  type InboxVideoInit,
  PHOTO_INIT,
  type PhotoInit,
  type PhotoInitAnswer,
  type PostStatus,
  readPhotoInit,
  readStatus,
  readVideoInit,
  STATUS_FETCH,
  VIDEO_INIT,
  type VideoInit,
  type VideoInitAnswer,
  type VideoSourceInfo,
} from './posts.ts';
import { DEFAULT_MAX_RETRIES } from './retry.ts';
import { type TokenSource, toTokenSource } from './token-source.ts';
import type { OnWarning } from './warnings.ts';

/** Options of {@link TikTokClient}. */
export interface TikTokClientOptions extends TransportOptions {
  /** The account's access token, or what hands it out and renews it. */
  readonly accessToken: string | TokenSource;
  /** Where TikTok's API is; `https://open.tiktokapis.com` by default. */
  readonly baseUrl?: string | undefined;
  /** Keeps to TikTok's rate limits; a {@link SlidingWindowLimiter} of its own by default. */
  readonly limiter?: RateLimiter | undefined;
  /**
   * The caller's name for the account in the limiter, such as its `open_id`: the count then
   * survives a new token. By default a hash of the access token.
   */
  readonly limiterKey?: string | undefined;
  /** How often a read is sent again after 429, 5xx and network errors, 0 to 3; 3 by default. */
  readonly maxRetries?: number | undefined;
  /** Hears of inputs that TikTok does not know and the SDK put right. */
  readonly onWarning?: OnWarning | undefined;
  /**
   * Says of an `upload_url` outside TikTok's hosts whether bytes may be sent there. By default
   * none may, but loopback ones if `baseUrl` is on loopback.
   */
  readonly allowUploadHost?: ((uploadUrl: URL) => boolean) | undefined;
}

/** What a client works with; shared with the helpers that publish. It holds no secret. */
export interface ClientSettings extends Transport {
  /** Where TikTok's API is, without a slash at its end. */
  readonly baseUrl: string;
  /** Hears of inputs that the SDK put right. */
  readonly onWarning: OnWarning | undefined;
  /** Says of an `upload_url` outside TikTok's hosts whether bytes may be sent there. */
  readonly allowUploadHost: ((uploadUrl: URL) => boolean) | undefined;
}

/**
 * Calls TikTok's Content Posting and Display APIs for one account.
 *
 * Reads are repeated after 429, 5xx and network errors. What makes a post is never sent again after
 * an unclear answer: the error then has `isRepeatSafe` false. A refused access token is renewed
 * once, if `accessToken` is a source. All methods throw a {@link TikTokError}, or the reason of an
 * aborted signal.
 *
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-get-started}
 * @example
 * ```ts
 * import { TikTokClient } from '@greenroom/sdk';
 *
 * const client = new TikTokClient({ accessToken: 'act.example' });
 * const creator = await client.queryCreatorInfo();
 * const { publish_id } = await client.initVideo({
 *   post_info: { privacy_level: 'SELF_ONLY', title: `hello from ${creator.creator_nickname}` },
 *   source_info: { source: 'PULL_FROM_URL', video_url: 'https://media.example.com/a.mp4' },
 * });
 * const { status } = await client.fetchStatus(publish_id);
 * ```
 */
export class TikTokClient {
  /** What the client works with. */
  readonly settings: ClientSettings;
  readonly #api: TikTokApi;

  constructor(options: TikTokClientOptions) {
    this.settings = {
      baseUrl: readBaseUrl(options.baseUrl ?? 'https://open.tiktokapis.com'),
      ...toTransport(options),
      onWarning: options.onWarning,
      allowUploadHost: options.allowUploadHost,
    };
    const { clock, sleep } = this.settings;
    this.#api = new TikTokApi({
      ...this.settings,
      tokens: toTokenSource(options.accessToken),
      limiter: options.limiter ?? new SlidingWindowLimiter({ clock, sleep }),
      limiterKey: options.limiterKey,
      maxRetries: Math.min(options.maxRetries ?? DEFAULT_MAX_RETRIES, DEFAULT_MAX_RETRIES),
    });
  }

  /**
   * Reads what the creator may do right now. Scope `video.publish`; 20 calls a minute.
   *
   * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info}
   */
  queryCreatorInfo(options: CallOptions = {}): Promise<CreatorInfo> {
    const read = readCreatorInfo;
    return this.#api.call({ ...options, endpoint: CREATOR_INFO, body: {}, read });
  }

  /**
   * Starts a direct post of a video. Scope `video.publish`; 6 calls a minute. Never sent again
   * after an unclear answer.
   *
   * @returns The `publish_id` and, for `FILE_UPLOAD`, the `upload_url`.
   * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-direct-post}
   */
  initVideo(init: VideoInit, options: CallOptions = {}): Promise<VideoInitAnswer> {
    const body = toOfficialVideoInit(init, this.settings.onWarning);
    const read = readVideoInit(isFileUpload(init.source_info));
    return this.#api.call({ ...options, endpoint: VIDEO_INIT, body, read });
  }

  /**
   * Starts sending a video to the creator's inbox, to be finished in the TikTok app. Scope
   * `video.upload`; 6 calls a minute. Never sent again after an unclear answer.
   *
   * @returns The `publish_id` and, for `FILE_UPLOAD`, the `upload_url`.
   * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-upload-video}
   */
  initInboxVideo(init: InboxVideoInit, options: CallOptions = {}): Promise<VideoInitAnswer> {
    const body = toOfficialInboxInit(init, this.settings.onWarning);
    const read = readVideoInit(isFileUpload(init.source_info));
    return this.#api.call({ ...options, endpoint: INBOX_VIDEO_INIT, body, read });
  }

  /**
   * Starts a photo post, or a photo draft. Scope `video.publish` or `video.upload`, by `post_mode`;
   * 6 calls a minute. Never sent again after an unclear answer.
   *
   * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-photo-post}
   */
  initPhotos(init: PhotoInit, options: CallOptions = {}): Promise<PhotoInitAnswer> {
    const body = toOfficialPhotoInit({ media_type: 'PHOTO', ...init }, this.settings.onWarning);
    return this.#api.call({ ...options, endpoint: PHOTO_INIT, body, read: readPhotoInit });
  }

  /**
   * Reads how far a post is. Scope `video.publish` or `video.upload`; 30 calls a minute.
   *
   * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status}
   */
  fetchStatus(publishId: string, options: CallOptions = {}): Promise<PostStatus> {
    const body = { publish_id: publishId };
    return this.#api.call({ ...options, endpoint: STATUS_FETCH, body, read: readStatus });
  }

  /**
   * Cancels a post that TikTok is still fetching (`PULL_FROM_URL`); best effort. What is cancelled
   * ends as `FAILED` with `publish_cancelled`.
   *
   * @throws {TikTokApiError} `publish_not_cancellable` if it is too late.
   * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
   */
  async cancelPost(publishId: string, options: CallOptions = {}): Promise<void> {
    const body = { publish_id: publishId };
    await this.#api.call({ ...options, endpoint: CANCEL, body, read: readNothing });
  }

  /**
   * Reads the account's user. Ask only for fields whose scope was granted; what TikTok leaves out
   * is missing in the answer. 600 calls a minute.
   *
   * @see {@link https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info}
   */
  async getUserInfo<Field extends UserField>(
    fields: readonly Field[],
    options: CallOptions = {},
  ): Promise<Partial<Pick<UserInfo, Field>>> {
    const query = askFor(fields);
    return this.#api.call({ ...options, endpoint: USER_INFO, query, read: readUser });
  }

  /**
   * Lists the user's public videos, newest first, page by page as they are asked for. Scope
   * `video.list`; 600 pages a minute.
   *
   * @see {@link https://developers.tiktok.com/doc/tiktok-api-v2-video-list}
   * @example
   * ```ts
   * import { TikTokClient } from '@greenroom/sdk';
   *
   * const client = new TikTokClient({ accessToken: 'act.example' });
   * for await (const video of client.listVideos({ fields: ['id', 'title', 'view_count'] })) {
   *   console.log(video.id, video.title, video.view_count);
   * }
   * ```
   */
  async *listVideos<Field extends VideoField>(
    request: VideoListRequest<Field>,
    options: CallOptions = {},
  ): AsyncGenerator<Partial<Pick<Video, Field>>, void, undefined> {
    let { cursor } = request;
    for (;;) {
      const page = await this.listVideosPage({ ...request, cursor }, options);
      yield* page.videos;
      // A cursor that stands still would go round for ever.
      if (!page.has_more || page.cursor === cursor) return;
      cursor = page.cursor;
    }
  }

  /**
   * Lists one page of the user's public videos, newest first. Scope `video.list`; 600 calls a minute.
   *
   * @see {@link https://developers.tiktok.com/doc/tiktok-api-v2-video-list}
   */
  async listVideosPage<Field extends VideoField>(
    request: VideoListRequest<Field>,
    options: CallOptions = {},
  ): Promise<VideoPage<Field>> {
    const { fields, cursor, max_count = 20 } = request;
    const query = askFor(fields, max_count);
    const body = { cursor, max_count };
    return this.#api.call({ ...options, endpoint: VIDEO_LIST, query, body, read: readVideoPage });
  }

  /**
   * Reads videos of the user by their ids, for instance for fresh cover URLs. Others' videos are
   * left out. Scope `video.list`; 600 calls a minute.
   *
   * @param videoIds - 1 to 20 ids.
   * @see {@link https://developers.tiktok.com/doc/tiktok-api-v2-video-query}
   */
  async queryVideos<Field extends VideoField>(
    videoIds: readonly string[],
    fields: readonly Field[],
    options: CallOptions = {},
  ): Promise<readonly Partial<Pick<Video, Field>>[]> {
    const query = askFor(fields, videoIds.length);
    const body = { filters: { video_ids: videoIds } };
    return this.#api.call({ ...options, endpoint: VIDEO_QUERY, query, body, read: readVideos });
  }
}

function isFileUpload(source: VideoSourceInfo): boolean {
  return source.source === 'FILE_UPLOAD';
}

/** Names the fields in a query string; TikTok answers only those that are asked for. */
function askFor(fields: readonly string[], videos = 1): string {
  if (fields.length > 0 && Number.isInteger(videos) && videos >= 1 && videos <= 20) {
    return toFieldsQuery(fields);
  }
  throw invalidArgument('Ask for at least one field, and for 1 to 20 videos at a time.');
}

function readNothing(): void {}
