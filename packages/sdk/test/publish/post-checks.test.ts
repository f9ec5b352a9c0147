import { expect, test } from 'vitest';
import {
  type CreatorInfo,
  type PublishVideoRequest,
  publishVideo,
  rangeSource,
  TikTokClient,
  TikTokInvalidPostError,
  type VideoPostInfo,
} from '../../src/index.ts';
import {
  CREATOR_INFO,
  INBOX_INIT,
  ok,
  PUBLIC_CREATOR,
  playTikTok,
  unlimited,
  VIDEO_INIT,
} from './scripted-tiktok.ts';
import { demoSource } from './videos.ts';

const PRIVATE_CREATOR: CreatorInfo = {
  ...PUBLIC_CREATOR,
  privacy_level_options: ['FOLLOWER_OF_CREATOR', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'],
  comment_disabled: true,
  duet_disabled: true,
  stitch_disabled: true,
};

interface Case {
  readonly name: string;
  readonly creator?: CreatorInfo;
  /** Choices beside `SELF_ONLY`. */
  readonly post?: Partial<VideoPostInfo>;
  readonly more?: object;
  /** Fields of the problems; none if the post is sent. */
  readonly problems: readonly string[];
}

/** A video of any size, of which no byte is looked at. */
const sized = (size: number) => ({
  source: rangeSource({ size, open: () => new Blob([]).stream() }),
  contentType: 'video/mp4',
});

const CASES: readonly Case[] = [
  { name: 'an empty caption', post: { title: '' }, problems: [] },
  { name: 'a caption of 1100 emoji', post: { title: '🌅'.repeat(1100) }, problems: [] },
  { name: 'a caption of 1101 emoji', post: { title: '🌅'.repeat(1101) }, problems: ['title'] },
  { name: 'half a pair', post: { title: 'a\ud83c' }, problems: ['title'] },
  {
    name: 'a level that only public accounts have',
    creator: PRIVATE_CREATOR,
    post: { privacy_level: 'PUBLIC_TO_EVERYONE' },
    problems: ['privacy_level'],
  },
  {
    name: 'a level that only private accounts have',
    post: { privacy_level: 'FOLLOWER_OF_CREATOR' },
    problems: ['privacy_level'],
  },
  {
    name: 'a paid partnership for everyone',
    post: { privacy_level: 'PUBLIC_TO_EVERYONE', brand_content_toggle: true },
    problems: [],
  },
  {
    name: 'a paid partnership for friends',
    post: { privacy_level: 'MUTUAL_FOLLOW_FRIENDS', brand_content_toggle: true },
    problems: [],
  },
  {
    name: 'a paid partnership that nobody sees',
    post: { brand_content_toggle: true },
    problems: ['brand_content_toggle'],
  },
  {
    name: 'a paid partnership for followers',
    creator: PRIVATE_CREATOR,
    post: { privacy_level: 'FOLLOWER_OF_CREATOR', brand_content_toggle: true },
    problems: ['brand_content_toggle'],
  },
  { name: "the creator's own brand", post: { brand_organic_toggle: true }, problems: [] },
  {
    name: 'interactions that the creator has switched off',
    creator: PRIVATE_CREATOR,
    post: { disable_comment: false, disable_duet: false, disable_stitch: false },
    problems: ['disable_comment', 'disable_duet', 'disable_stitch'],
  },
  {
    name: 'interactions that are left open or off',
    creator: PRIVATE_CREATOR,
    post: { disable_comment: true, disable_duet: undefined },
    problems: [],
  },
  {
    name: 'interactions that the creator allows',
    post: { disable_comment: false, disable_duet: false, disable_stitch: false },
    problems: [],
  },
  { name: 'a cover', post: { video_cover_timestamp_ms: 1500 }, problems: [] },
  {
    name: 'a cover before the start',
    post: { video_cover_timestamp_ms: -1 },
    problems: ['video_cover_timestamp_ms'],
  },
  {
    name: 'a cover between two milliseconds',
    post: { video_cover_timestamp_ms: 0.5 },
    problems: ['video_cover_timestamp_ms'],
  },
  {
    name: 'a cover beyond an int32',
    post: { video_cover_timestamp_ms: 2 ** 31 },
    problems: ['video_cover_timestamp_ms'],
  },
  { name: 'the longest video', more: { durationSec: 60 }, problems: [] },
  { name: 'a longer video', more: { durationSec: 60.1 }, problems: ['durationSec'] },
  { name: 'no duration', more: { durationSec: 0 }, problems: ['durationSec'] },
  {
    name: 'no number for a duration',
    more: { durationSec: Number.NaN },
    problems: ['durationSec'],
  },
  { name: 'an empty video', more: sized(0), problems: ['source'] },
  { name: 'a video over 4 GB', more: sized(4_000_000_001), problems: ['source'] },
  { name: 'half a byte', more: sized(0.5), problems: ['source'] },
];

test.each(CASES)('$name: $problems', async ({ creator = PUBLIC_CREATOR, post, more, problems }) => {
  await using tiktok = await playTikTok({ [CREATOR_INFO]: [ok(creator)] });
  const client = new TikTokClient({ accessToken: 'a', baseUrl: tiktok.url, limiter: unlimited });
  const postInfo = { privacy_level: 'SELF_ONLY', ...post };
  // The cases replace a whole source with its type.
  const request = { source: demoSource(), postInfo, ...more } as PublishVideoRequest;
  const error = await publishVideo(client, request).result.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (problems.length === 0) expect(error).toBeUndefined();
  else expect(error).toBeInstanceOf(TikTokInvalidPostError);
  const found = error instanceof TikTokInvalidPostError ? error.problems : [];
  expect(found.map(({ field }) => field)).toEqual(problems);
  for (const { message } of found) expect(message).toMatch(/^[A-Z].+\.$/);
  expect(tiktok.to(VIDEO_INIT)).toHaveLength(problems.length === 0 ? 1 : 0);
});

test.each([
  { url: 'https://media.example.com/1.mp4', isTaken: true },
  { url: 'https://media.example.com/1.mp4?signature=x', isTaken: true },
  { url: 'http://127.0.0.1:8080/1.mp4', isTaken: true },
  { url: 'http://localhost:8080/1.mp4', isTaken: true },
  { url: 'http://[::1]:8080/1.mp4', isTaken: true },
  { url: 'http://media.example.com/1.mp4', isTaken: false },
  { url: 'http://localhost:8080@media.example.com/1.mp4', isTaken: false },
  { url: 'http://localhost.example.com/1.mp4', isTaken: false },
  { url: 'ftp://127.0.0.1/1.mp4', isTaken: false },
  { url: 'https://', isTaken: false },
  { url: '/1.mp4', isTaken: false },
])('a video at $url is fetched: $isTaken', async ({ url, isTaken }) => {
  await using tiktok = await playTikTok();
  const client = new TikTokClient({ accessToken: 'a', baseUrl: tiktok.url, limiter: unlimited });
  const { result } = publishVideo(client, { mode: 'inbox', videoUrl: url });
  if (isTaken) await result;
  else await expect(result).rejects.toMatchObject({ problems: [{ field: 'videoUrl' }] });
  expect(tiktok.to(INBOX_INIT)).toHaveLength(isTaken ? 1 : 0);
});

test('plain http is refused by a client of the real TikTok, on loopback too', async () => {
  const noFetch = async () => expect.unreachable('nothing is sent');
  const client = new TikTokClient({ accessToken: 'a', fetch: noFetch, limiter: unlimited });
  const videoUrl = 'http://127.0.0.1:8080/1.mp4';
  await expect(publishVideo(client, { mode: 'inbox', videoUrl }).result).rejects.toMatchObject({
    problems: [{ field: 'videoUrl' }],
  });
});

test('the inbox takes ten minutes, and no text', async () => {
  await using tiktok = await playTikTok();
  const warnings: [number, string][] = [];
  const client = new TikTokClient({
    accessToken: 'a',
    baseUrl: tiktok.url,
    limiter: unlimited,
    onWarning: ({ row, field }) => warnings.push([row, field]),
  });
  const videoUrl = 'https://media.example.com/1.mp4';
  const publish = (more: object) => {
    // A caller in JavaScript may give what the type does not have.
    const request = { mode: 'inbox', videoUrl, ...more } as PublishVideoRequest;
    return publishVideo(client, request).result;
  };
  await publish({ durationSec: 600 });
  await expect(publish({ durationSec: 601 })).rejects.toMatchObject({
    problems: [{ field: 'durationSec' }],
  });
  await publish({ postInfo: { title: 'hello' } });
  expect(warnings).toEqual([[21, 'post_info']]);
  for (const { json } of tiktok.to(INBOX_INIT)) {
    expect(json).toEqual({ source_info: { source: 'PULL_FROM_URL', video_url: videoUrl } });
  }
});
