import { expect, test } from 'vitest';
import {
  findVideo,
  type PublicVideo,
  type SoughtPost,
} from '../../src/publishing/follow/find-video.ts';

const SINCE = new Date('2026-11-21T12:00:00.700Z');
const second = (time: string) => Math.floor(new Date(time).getTime() / 1000);
const post: SoughtPost = {
  mediaType: 'VIDEO',
  title: 'first light',
  description: '',
  since: SINCE,
};

function video(id: string, differences: Partial<PublicVideo> = {}): PublicVideo {
  const createTime = second('2026-11-21T12:00:30Z');
  return { id, createTime, title: 'first light', description: 'first light', ...differences };
}

const long = 'x'.repeat(149);

test.each([
  {
    name: 'the only one with its text',
    videos: [video('1'), video('2', { title: 'b', description: 'b' })],
    found: '1',
  },
  {
    name: 'of the second in which init was sent',
    videos: [video('1', { createTime: second('2026-11-21T12:00:00Z') })],
    found: '1',
  },
  {
    name: 'older than its init',
    videos: [video('1', { createTime: second('2026-11-21T11:59:00Z') })],
    found: undefined,
  },
  { name: 'two with its text', videos: [video('1'), video('2')], found: undefined },
  { name: 'two, of which one is another post', videos: [video('1'), video('known')], found: '1' },
  { name: 'only another post', videos: [video('known')], found: undefined },
  { name: 'none', videos: [], found: undefined },
  {
    name: 'a text that TikTok cut',
    post: { title: `${long}yy and more` },
    videos: [video('1', { title: `${long}y` })],
    found: '1',
  },
  {
    name: 'no text to tell it by',
    post: { title: '' },
    videos: [video('1', { title: '', description: '' })],
    found: undefined,
  },
  {
    name: 'photos, by their description',
    post: { mediaType: 'PHOTO', title: 't', description: 'd' } as const,
    videos: [video('1', { title: 't', description: 'd' })],
    found: '1',
  },
  {
    name: 'photos without description, by their title',
    post: { mediaType: 'PHOTO', title: 't' } as const,
    videos: [video('1', { title: 't', description: '' })],
    found: '1',
  },
])('$name', ({ post: differences, videos, found }) => {
  expect(findVideo({ ...post, ...differences }, videos, new Set(['known']))).toBe(found);
});
