import { inspect } from 'node:util';
import { blobSource, uploadVideo } from '@greenroom/sdk';
import { expect, test } from 'vitest';
import { makeVideo } from '../support/video.ts';

const PLAN = { video_size: 100, chunk_size: 100, total_chunk_count: 1 };
const QUERY = '?upload_id=1&upload_token=canary-token';

async function send(uploadUrl: string, allowUploadHost?: (url: URL) => boolean) {
  const sent: string[] = [];
  const sender = {
    send: async ({ url }: { url: string }) => {
      sent.push(url);
      return { status: 201, header: () => null };
    },
  };
  const source = blobSource(new Blob([makeVideo(100)]));
  // Every byte counts as sent: this sender reads none.
  const work = uploadVideo({ uploadUrl, source, plan: PLAN, sender, allowUploadHost });
  const error: unknown = await work.then(
    () => undefined,
    (thrown) => thrown,
  );
  return { sent, error };
}

// Reference, section 0.4.
test.each([
  'https://open-upload.tiktokapis.com/upload',
  'https://open-upload.tiktokapis.com:443/video/',
  'https://upload.us.tiktokapis.com/video/',
  'https://open-upload-i18n.tiktokapis.com/upload/',
  'https://open-upload-va.tiktokapis.com/upload',
  'https://open-upload-sg.tiktokapis.com/upload',
])('sends to %s, unchanged', async (url) => {
  const { sent } = await send(url + QUERY);
  expect(sent).toEqual([url + QUERY]);
});

test.each([
  'http://open-upload.tiktokapis.com/upload',
  'https://open-upload.tiktokapis.com:8443/upload',
  'https://user@open-upload.tiktokapis.com/upload',
  'https://user:pass@open-upload.tiktokapis.com/upload',
  'https://open-upload.tiktokapis.com@evil.example/upload',
  'https://open-upload.tiktokapis.com.evil.example/upload',
  'https://evil.example/open-upload.tiktokapis.com',
  'https://evil-open-upload.tiktokapis.com/upload',
  'https://open-upload-.tiktokapis.com/upload',
  'https://open-upload.tiktokapis.com./upload',
  'https://upload.tiktokapis.com/upload/v1/video/',
  'https://a.upload.us.tiktokapis.com/upload',
  'https://tiktokapis.com/upload',
  'https://127.0.0.1/upload',
  'http://localhost:3000/upload',
  'ftp://open-upload.tiktokapis.com/upload',
  'file:///etc/passwd',
  '//open-upload.tiktokapis.com/upload',
  'not a url',
  '',
])('sends nothing to %s', async (url) => {
  const { sent, error } = await send(url + QUERY);
  expect(sent).toEqual([]);
  expect(error).toMatchObject({ name: 'TikTokUploadError', code: 'upload_host_refused' });
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary-token');
});

test('sends to an emulator if the caller allows it, but never with a user name', async () => {
  const isLoopback = (url: URL) => url.hostname === '127.0.0.1';
  const allowed = await send(`http://127.0.0.1:8080/upload${QUERY}`, isLoopback);
  expect(allowed.sent).toHaveLength(1);
  for (const url of ['http://user@127.0.0.1:8080/upload', 'http://192.0.2.1:8080/upload']) {
    const { sent, error } = await send(url + QUERY, isLoopback);
    expect(sent).toEqual([]);
    expect(error).toMatchObject({ code: 'upload_host_refused' });
  }
});
