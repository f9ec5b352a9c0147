import { expect, test } from 'vitest';
import { startEmulator } from '../../src/index.ts';
import { putChunk, sha256, signIn, uploadVideo, VIDEO_INIT } from '../support/client.ts';
import { startServer } from '../support/file-server.ts';

test('a snapshot keeps posts, half an upload, a hung pull, caps and webhooks under way', async () => {
  await using tiktok = await startEmulator({ settings: { daily_post_cap: 3 } });
  await using hung = await startServer(() => undefined);
  await tiktok.control.moveClock({ frozen: true });
  await tiktok.control.putApp('audited', { webhook_url: 'http://127.0.0.1:1/' });
  const client = await signIn(tiktok);
  const done = await uploadVideo(client);
  await tiktok.control.moveClock({ advance_seconds: 10 });

  const total = 10_000_000;
  const bytes = Buffer.alloc(total, 'half');
  const half = await client.post(VIDEO_INIT, {
    post_info: { privacy_level: 'SELF_ONLY' },
    source_info: {
      source: 'FILE_UPLOAD',
      video_size: total,
      chunk_size: 5_000_000,
      total_chunk_count: 2,
    },
  });
  const { upload_url: url, publish_id: halfId } = half.body.data;
  await putChunk(url, bytes, { first: 0, last: 4_999_999, total });
  await client.post(VIDEO_INIT, {
    post_info: { privacy_level: 'SELF_ONLY' },
    source_info: { source: 'PULL_FROM_URL', video_url: `${hung.url}/a.mp4` },
  });
  const before = await tiktok.control.listPosts();
  const snapshot = await tiktok.control.getSnapshot();

  await tiktok.control.reset();
  expect((await tiktok.control.listPosts()).posts).toEqual([]);
  await tiktok.control.putSnapshot(snapshot);
  expect(await tiktok.control.listPosts()).toEqual(before);
  expect((await client.status(done)).text).toContain('"publicaly_available_post_id":[7');
  expect((await tiktok.control.listWebhooks()).webhooks[0]).toMatchObject({ state: 'pending' });

  // The pull goes on, the upload ends where it was, and the caps still count.
  await expect.poll(() => hung.requests.length).toBe(2);
  expect((await putChunk(url, bytes, { first: 5_000_000, last: total - 1, total })).status).toBe(
    201,
  );
  const posts = (await tiktok.control.listPosts()).posts;
  expect(posts.find(({ publish_id }) => publish_id === halfId)).toMatchObject({
    sha256: sha256(bytes),
  });
  const fourth = await client.post(VIDEO_INIT, {
    post_info: { privacy_level: 'SELF_ONLY' },
    source_info: { source: 'FILE_UPLOAD', video_size: 10, chunk_size: 10, total_chunk_count: 1 },
  });
  expect(fourth.body.error.code).toBe('spam_risk_too_many_posts');
});

test('pulls that end after a restore leave what else is planned alone', async () => {
  await using one = await startEmulator({ settings: { processing_seconds: 60 } });
  let isGone = false;
  await using files = await startServer((_request, response) => {
    if (isGone) response.writeHead(404).end();
  });
  await one.control.moveClock({ frozen: true });
  const client = await signIn(one);
  const waiting = await uploadVideo(client);
  for (const name of ['a', 'b', 'c']) {
    await client.post(VIDEO_INIT, {
      post_info: { privacy_level: 'SELF_ONLY' },
      source_info: { source: 'PULL_FROM_URL', video_url: `${files.url}/${name}.mp4` },
    });
  }
  const snapshot = await one.control.getSnapshot();
  isGone = true;
  await using two = await startEmulator();
  await two.control.putSnapshot(snapshot);
  const statuses = async () =>
    (await two.control.listPosts()).posts.map(({ fail_reason, status }) => fail_reason ?? status);
  await expect.poll(statuses).toEqual(['PROCESSING_UPLOAD', ...Array(3).fill('video_pull_failed')]);
  await two.control.moveClock({ advance_seconds: 60 });
  expect((await two.control.listPosts()).posts[0]).toMatchObject({
    publish_id: waiting,
    status: 'PUBLISH_COMPLETE',
  });
});

test('a snapshot goes to another emulator, files included', async () => {
  await using one = await startEmulator();
  const client = await signIn(one);
  const publishId = await uploadVideo(client);
  await using two = await startEmulator();
  await two.control.putSnapshot(await one.control.getSnapshot());
  await two.control.waitIdle({ advance: true });
  const { posts } = await two.control.listPosts();
  expect(posts).toMatchObject([{ publish_id: publishId, status: 'PUBLISH_COMPLETE' }]);
});

test('a post whose file the snapshot left out fails, and the violation says why', async () => {
  await using one = await startEmulator({ settings: { processing_seconds: 60 } });
  await one.control.moveClock({ frozen: true });
  const publishId = await uploadVideo(await signIn(one));
  const { sections } = await one.control.getSnapshot();
  // As it is with files beyond the 256 MiB that a snapshot carries.
  const posts = { ...(sections['posts'] as object), media: {} };
  await using two = await startEmulator();
  await two.control.putSnapshot({ version: 1, sections: { ...sections, posts } });
  await two.control.moveClock({ advance_seconds: 60 });
  expect((await two.control.listPosts()).posts).toMatchObject([
    { publish_id: publishId, status: 'FAILED', fail_reason: 'internal' },
  ]);
  const { violations } = await two.control.listViolations();
  expect(violations).toMatchObject([
    { rule: 'snapshot.media', detail: expect.stringContaining(publishId) },
  ]);
  // Nothing about these bytes was learned: they are looked at when they come again.
  const again = await uploadVideo(await signIn(two));
  await two.control.moveClock({ advance_seconds: 60 });
  const { posts: later } = await two.control.listPosts();
  expect(later.find(({ publish_id }) => publish_id === again)).toMatchObject({
    status: 'PUBLISH_COMPLETE',
  });
});

test('a snapshot whose posts make no sense is refused, and nothing is lost or begun again', async () => {
  await using tiktok = await startEmulator();
  await using hung = await startServer(() => undefined);
  const client = await signIn(tiktok);
  const { publish_id } = (
    await client.post(VIDEO_INIT, {
      post_info: { privacy_level: 'SELF_ONLY' },
      source_info: { source: 'PULL_FROM_URL', video_url: `${hung.url}/a.mp4` },
    })
  ).body.data;
  await expect.poll(() => hung.requests.length).toBe(1);
  await uploadVideo(client);
  await tiktok.control.moveClock({ advance_seconds: 10 });
  const before = await tiktok.control.listPosts();
  const { sections } = await tiktok.control.getSnapshot();
  const snapshot = {
    version: 1 as const,
    sections: { ...sections, posts: { posts: [{ id: 'x' }] } },
  };
  await expect(tiktok.control.putSnapshot(snapshot)).rejects.toMatchObject({ status: 400 });
  expect(await tiktok.control.listPosts()).toEqual(before);
  // The pull was not cut: it ends only with its hour, and its server was asked once.
  await tiktok.control.moveClock({ advance_seconds: 3600 });
  const { posts } = await tiktok.control.listPosts();
  expect(posts.find((post) => post.publish_id === publish_id)).toMatchObject({
    fail_reason: 'video_pull_failed',
  });
  expect(hung.requests).toHaveLength(1);
});
