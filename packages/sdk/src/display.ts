import { toOfficialUser } from './aliases.ts';
import { isObject } from './http/answer.ts';
import type { Endpoint, Reader } from './http/api.ts';
import { readCount } from './json.ts';

/**
 * A TikTok user, as far as it was asked for and is known.
 *
 * @see {@link https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info}
 */
export interface UserInfo {
  /** The user for this app. Scope `user.info.basic`. */
  readonly open_id: string;
  /** The user for all apps of the developer. Scope `user.info.basic`. */
  readonly union_id: string;
  /** URL of the profile picture. Scope `user.info.basic`. */
  readonly avatar_url: string;
  /** URL of the profile picture at 100 by 100 pixels. Scope `user.info.basic`. */
  readonly avatar_url_100: string;
  /** URL of the large profile picture. Scope `user.info.basic`. */
  readonly avatar_large_url: string;
  /** The display name. Scope `user.info.basic`. */
  readonly display_name: string;
  /** What the user says of themself. Scope `user.info.profile`. */
  readonly bio_description: string;
  /** Link that opens the profile in the app. Scope `user.info.profile`. */
  readonly profile_deep_link: string;
  /** Link to the profile on the web. Scope `user.info.profile`. */
  readonly profile_web_link: string;
  /** The handle, without `@`. Scope `user.info.profile`. */
  readonly username: string;
  /** Whether TikTok has verified the account. Scope `user.info.profile`. */
  readonly is_verified: boolean;
  /** Followers. Scope `user.info.stats`. */
  readonly follower_count: number;
  /** Accounts that the user follows. Scope `user.info.stats`. */
  readonly following_count: number;
  /** Likes of all videos. Scope `user.info.stats`. */
  readonly likes_count: number;
  /** Public videos. Scope `user.info.stats`. */
  readonly video_count: number;
}

/**
 * A public video of the user.
 *
 * @see {@link https://developers.tiktok.com/doc/tiktok-api-v2-video-object}
 */
export interface Video {
  /** Id of the video; a string, because it is beyond what a number holds. */
  readonly id: string;
  /** When it was posted, in UTC seconds. */
  readonly create_time: number;
  /** URL of the cover; TikTok lets it live for 6 hours, ask again by {@link TikTokClient.queryVideos}. */
  readonly cover_image_url: string;
  /** Link to the video. */
  readonly share_url: string;
  /** The caption, at most 150 characters of it. */
  readonly video_description: string;
  /** Length in seconds. */
  readonly duration: number;
  /** Height in pixels. */
  readonly height: number;
  /** Width in pixels. */
  readonly width: number;
  /** The title, at most 150 characters of it. */
  readonly title: string;
  /** HTML that embeds the video. */
  readonly embed_html: string;
  /** Link for an embedded player. */
  readonly embed_link: string;
  /** Likes. */
  readonly like_count: number;
  /** Comments. */
  readonly comment_count: number;
  /** Shares. */
  readonly share_count: number;
  /** Views. */
  readonly view_count: number;
  /** Whether it is labelled as made by AI. */
  readonly is_aigc: boolean;
}

/** A field of {@link UserInfo} to ask for. */
export type UserField = keyof UserInfo;

/** A field of {@link Video} to ask for. */
export type VideoField = keyof Video;

/** One page of a user's videos, newest first. */
export interface VideoPage<Field extends VideoField> {
  /** The videos, with the fields that were asked for and are known. */
  readonly videos: readonly Partial<Pick<Video, Field>>[];
  /** Where the next page starts, in UTC milliseconds. */
  readonly cursor: number;
  /** Whether there is a next page. */
  readonly has_more: boolean;
}

/** What to list of a user's videos. */
export interface VideoListRequest<Field extends VideoField> {
  /** Fields to ask for, at least one. */
  readonly fields: readonly Field[];
  /** Lists what was posted before this instant, in UTC milliseconds; from the newest by default. */
  readonly cursor?: number | undefined;
  /** Videos a page, 1 to 20; 20 by default. */
  readonly max_count?: number | undefined;
}

export const USER_INFO: Endpoint = { method: 'GET', name: 'user/info', repeat: 'read' };
export const VIDEO_LIST: Endpoint = { name: 'video/list', repeat: 'read' };
export const VIDEO_QUERY: Endpoint = { name: 'video/query', repeat: 'read' };

export const readUser: Reader<Partial<UserInfo>> = ({ user }, fail) => {
  if (isObject(user)) return toOfficialUser(user);
  throw fail('no user');
};

export const readVideos: Reader<Partial<Video>[]> = ({ videos }, fail) => {
  if (Array.isArray(videos) && videos.every(isObject)) return videos;
  throw fail('no list of videos');
};

export const readVideoPage: Reader<VideoPage<VideoField>> = (data, fail) => {
  const videos = readVideos(data, fail);
  const { has_more = false } = data;
  const cursor = readCount(data['cursor'] ?? 0);
  if (cursor !== undefined && typeof has_more === 'boolean') {
    return { videos, cursor, has_more };
  }
  throw fail('a wrong cursor');
};
