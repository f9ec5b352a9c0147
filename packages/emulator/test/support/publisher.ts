import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Files of the demo: a real video and two photos. */
const media = new URL('../../../../examples/demo/media/', import.meta.url);
const demoVideo = new URL('greenroom-demo.mp4', media);

interface Answer {
  readonly data?: Record<string, string>;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A client that posts as an app would, over plain HTTP. */
export interface Publisher {
  /** Calls the control API. */
  control(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
  /** Publishes the demo's video, or other bytes, and returns the publish id. */
  publishVideo(title: string, bytes?: Buffer): Promise<string>;
  /** Sends the demo's video to the creator's inbox and returns the publish id. */
  sendDraft(): Promise<string>;
  /** Publishes the demo's two photos and returns the publish id. */
  publishPhotos(title: string): Promise<string>;
}

/** Makes a client of the emulator at `url` that posts as this creator. */
export async function createPublisher(
  url: string,
  username = 'public_creator',
): Promise<Publisher> {
  const control = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Record<string, unknown>> => {
    const response = await fetch(`${url}/_emulator/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    // The control API answers objects.
    return response.status === 204 ? {} : ((await response.json()) as Record<string, unknown>);
  };

  const init = async (path: string, body: unknown): Promise<Record<string, string>> => {
    // A new one each time: waiting until idle may have moved the clock by days.
    const token = await control('POST', 'tokens', { client_key: 'audited', username });
    const response = await fetch(`${url}/v2/post/publish/${path}/init/`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token['access_token']}`,
        'content-type': 'application/json; charset=UTF-8',
      },
      body: JSON.stringify(body),
    });
    // The envelope of reference 8.1.
    const { data, error } = (await response.json()) as Answer;
    if (data === undefined || error?.code !== 'ok') throw new Error(JSON.stringify(error));
    return data;
  };

  const upload = async (data: Record<string, string>, bytes: Buffer): Promise<string> => {
    const response = await fetch(data['upload_url'] ?? '', {
      method: 'PUT',
      headers: {
        'content-type': 'video/mp4',
        'content-range': `bytes 0-${bytes.length - 1}/${bytes.length}`,
      },
      body: new Uint8Array(bytes),
    });
    if (response.status !== 201) throw new Error(`The upload was answered ${response.status}.`);
    await control('POST', 'idle', { advance: true });
    return data['publish_id'] ?? '';
  };

  return {
    control,
    async publishVideo(title, given) {
      const bytes = given ?? (await readFile(demoVideo));
      const data = await init('video', {
        post_info: { title, privacy_level: 'PUBLIC_TO_EVERYONE' },
        source_info: wholeFile(bytes),
      });
      return upload(data, bytes);
    },
    async sendDraft() {
      const bytes = await readFile(demoVideo);
      return upload(await init('inbox/video', { source_info: wholeFile(bytes) }), bytes);
    },
    async publishPhotos(title) {
      await using host = await startPhotoHost();
      const data = await init('content', {
        media_type: 'PHOTO',
        post_mode: 'DIRECT_POST',
        post_info: { title, privacy_level: 'PUBLIC_TO_EVERYONE' },
        source_info: {
          source: 'PULL_FROM_URL',
          photo_images: [`${host.url}/greenroom-demo-1.jpg`, `${host.url}/greenroom-demo-2.webp`],
          photo_cover_index: 0,
        },
      });
      await control('POST', 'idle', { advance: true });
      return data['publish_id'] ?? '';
    },
  };
}

/** A file that goes in one piece. */
function wholeFile({ length }: Buffer) {
  return { source: 'FILE_UPLOAD', video_size: length, chunk_size: length, total_chunk_count: 1 };
}

/** Serves the demo's photos, for the emulator to pull. */
async function startPhotoHost(): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    const name = (request.url ?? '').slice(1);
    void readFile(new URL(name, media)).then(
      (bytes) =>
        response
          .setHeader('content-type', name.endsWith('.webp') ? 'image/webp' : 'image/jpeg')
          .end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address object, never a pipe's name.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
