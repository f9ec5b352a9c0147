import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Client, createClient } from '@greenroom/contract';
import { makePhotos, makeVideo } from '../support/media-files.ts';
import { until } from '../support/until.ts';
import { uploadMedia } from '../support/upload-media.ts';
import type { Stage } from './account-flows.ts';
import type { Evidence } from './evidence.ts';

/** Somebody's server that takes the users' webhooks; all that comes is evidence. */
export interface HookReceiver extends AsyncDisposable {
  readonly url: string;
  readonly count: () => number;
}

/** Starts a receiver of webhooks. It answers badly now and then, so that deliveries are repeated. */
export async function openHookReceiver(evidence: Evidence): Promise<HookReceiver> {
  let count = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      count += 1;
      evidence.add('answers', 'webhook', Buffer.concat(chunks));
      evidence.add('answers', 'headers of webhook', JSON.stringify(request.headers));
      response.writeHead(count % 3 === 0 ? 500 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // It listens on TCP, so its address is no pipe's name.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    count: () => count,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Adds a webhook endpoint and rotates its secret, once well and in the ways that go wrong. */
export async function runWebhookFlow(stage: Stage, receiver: HookReceiver): Promise<string> {
  const { robot } = stage.people;
  const headers = { 'idempotency-key': 'hook-once' };
  const json = { url: receiver.url };
  const path = '/api/v1/webhook-endpoints';
  const made = await robot.want('POST', path, { json, headers });
  noteSigningSecret(stage.evidence, made.json()['secret']);
  await robot.want('POST', path, { json, headers });
  await robot.ask('POST', path, { json: { ...json, secret: made.json()['secret'] } });
  const id = String(made.json()['id']);
  const rotated = await robot.want('POST', `${path}/${id}/rotate-secret`, { json: {} });
  noteSigningSecret(stage.evidence, rotated.json()['secret']);
  await robot.want('GET', path);
  await robot.want('GET', `${path}/${id}`);
  await robot.want('POST', `${path}/${id}/test`);
  return id;
}

/** Publishes a video, whose upload_url is a secret, and photos, whose addresses are. */
export async function runPublishFlow(
  stage: Stage,
  accountId: string,
  ownerKey: string,
): Promise<void> {
  const api = createClient({ baseUrl: stage.base, apiKey: ownerKey });
  const address = { url: stage.base, apiKey: ownerKey, api };
  const video = await uploadMedia(address, 'clip.mp4', await makeVideo());
  const photos = [];
  for (const photo of await makePhotos()) photos.push(await uploadMedia(address, 'photo', photo));
  const posts = [
    await draft(api, accountId, 'VIDEO', [video.id]),
    await draft(
      api,
      accountId,
      'PHOTO',
      photos.map(({ id }) => id),
    ),
  ];
  const { robot } = stage.people;
  for (const id of posts) {
    await until(async () => (await api.getPost({ id })).state === 'in_inbox' || undefined, {
      what: `the draft ${id} is in the inbox`,
      timeoutMs: 60_000,
    });
    await robot.want('GET', `/api/v1/posts/${id}`);
    await robot.want('GET', `/api/v1/posts/${id}/timeline`);
  }
  await robot.want('GET', '/api/v1/posts');
  await robot.want('GET', '/api/v1/media');
  await robot.want('GET', '/api/v1/publishing');
  await robot.want('GET', '/api/v1/alerts?state=all');
  await robot.want('POST', '/api/v1/checks');
}

/** What was delivered, and how. */
export async function readDeliveries(stage: Stage, endpointId: string): Promise<void> {
  const { robot } = stage.people;
  await robot.want('GET', `/api/v1/webhook-endpoints/${endpointId}/deliveries`);
}

async function draft(
  api: Client,
  account_id: string,
  media_type: 'VIDEO' | 'PHOTO',
  ids: readonly string[],
): Promise<string> {
  const { id } = await api.createPost({
    account_id,
    media_type,
    post_mode: 'MEDIA_UPLOAD',
    media: ids.map((media_id) => ({ media_id })),
    schedule: { allow_duplicate: true },
  });
  return id;
}

function noteSigningSecret(evidence: Evidence, secret: unknown): void {
  // The prefix is everybody's.
  evidence.addSecret('signing secret', String(secret).replace('whsec_', ''));
}
