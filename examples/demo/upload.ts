import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Client } from '@greenroom/contract';
import { Upload } from 'tus-js-client';
import { ProgressBar } from './progress-bar.ts';
import { untilSettled } from './until-settled.ts';

/** Where Greenroom's API is, and who asks. */
export interface DemoApi {
  readonly url: string;
  readonly apiKey: string;
  readonly api: Client;
}

type Media = Awaited<ReturnType<Client['getMedia']>>;

/** Uploads a file by tus and waits until Greenroom has looked at it. */
export async function uploadMedia(greenroom: DemoApi, path: string): Promise<Media> {
  const id = await sendFile(greenroom, path);
  const media = await untilSettled(
    () => greenroom.api.getMedia({ id }),
    ({ state }) => state === 'ready' || state === 'refused',
  );
  if (media.state === 'refused') throw new Error(`${path}: ${media.reason?.words}`);
  return media;
}

async function sendFile({ url, apiKey }: DemoApi, path: string): Promise<string> {
  const { size } = await stat(path);
  const bar = new ProgressBar('upload');
  const address = await new Promise<string>((resolve, reject) => {
    const upload = new Upload(createReadStream(path), {
      endpoint: `${url}/api/v1/uploads`,
      uploadSize: size,
      chunkSize: 64_000_000,
      metadata: { filename: basename(path) },
      headers: { authorization: `Bearer ${apiKey}` },
      onProgress: (sent, total) => bar.update(sent / total, basename(path)),
      onSuccess: () => resolve(upload.url ?? ''),
      onError: reject,
    });
    upload.start();
  });
  bar.end(`${basename(path)} is at Greenroom`);
  return address.slice(address.lastIndexOf('/') + 1);
}
