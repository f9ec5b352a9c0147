import { expect, test } from 'vitest';
import {
  addPhoto,
  addVideo,
  attemptsOf,
  connectCreator,
  postsAtTikTok,
  publish,
  startPublishing,
  untilState,
} from './support/publish-world.ts';

test('a video is uploaded and posted, byte for byte', async () => {
  await using world = await startPublishing();
  const account_id = await connectCreator(world, 'uploader');
  const video = await addVideo(world);
  const { id } = await publish(world, { account_id, media: [{ media_id: video.id }] });
  const post = await untilState(world, id, 'published');
  expect(await postsAtTikTok(world)).toMatchObject([
    { publish_id: post.publish_id, source: 'FILE_UPLOAD', sha256: video.sha256 },
  ]);
  expect(await attemptsOf(world, id)).toMatchObject([{ number: 1, outcome: 'accepted', runs: 1 }]);
});
