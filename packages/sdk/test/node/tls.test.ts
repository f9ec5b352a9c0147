import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import { type RunningEmulator, startEmulator } from '@greenroom/emulator';
import { blobSource, planUploads } from '@greenroom/sdk';
import { type NodeSenderOptions, nodeSender, uploadVideo } from '@greenroom/sdk/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeVideo, sha256 } from '../support/video.ts';

const VIDEO = makeVideo(4_194_304);
const [PLAN] = planUploads(VIDEO.length);

let emulator: RunningEmulator;
let ca: string;
beforeAll(async () => {
  emulator = await startEmulator({ tls: true });
  ca = emulator.caCertificate ?? '';
});
afterAll(() => emulator.close());

/** Begins a post over TLS with the emulator's own CA, which the runtime's fetch does not know. */
async function init(): Promise<string> {
  const who = { client_key: 'audited', username: 'public_creator' };
  const { access_token } = await emulator.control.createToken(who);
  const url = new URL('/v2/post/publish/inbox/video/init/', emulator.url);
  const authorization = `Bearer ${access_token}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const answer = await new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', headers, ca }, (response) => {
      resolve(json(response));
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify({ source_info: { source: 'FILE_UPLOAD', ...PLAN } }));
  });
  // TikTok's envelope (reference, section 8.1).
  return (answer as { data: { upload_url: string } }).data.upload_url;
}

async function upload(uploadUrl: string, options: NodeSenderOptions): Promise<void> {
  await using sender = nodeSender(options);
  const source = blobSource(new Blob([VIDEO]));
  const allowUploadHost = () => true;
  await uploadVideo({ uploadUrl, source, plan: PLAN, sender, maxRetries: 0, allowUploadHost });
}

test('sends over TLS to whom it trusts, and nothing to whom it does not', async () => {
  const uploadUrl = await init();
  expect(uploadUrl).toMatch(/^https:/);
  await expect(upload(uploadUrl, {})).rejects.toMatchObject({
    name: 'TikTokNetworkError',
    cause: { code: expect.stringMatching(/CERT|VERIFY/) },
  });
  const { posts } = await emulator.control.listPosts();
  expect(posts.map((post) => post.bytes)).toEqual([0]);

  await upload(uploadUrl, { ca: [ca] });
  await emulator.control.waitIdle({ advance: true });
  const received = await emulator.control.listPosts();
  expect(received.posts.map((post) => [post.bytes, post.sha256])).toEqual([
    [VIDEO.length, sha256(VIDEO)],
  ]);
});
