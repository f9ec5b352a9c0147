import type { Client } from '@greenroom/contract';
import { until } from './until.ts';

/** A file that Greenroom has. */
export interface UploadedMedia {
  readonly id: string;
  /** In hex. */
  readonly sha256: string;
}

/** Where a server is, and a key to it. */
export interface ServerAddress {
  readonly url: string;
  readonly apiKey: string;
  readonly api: Client;
}

/** Brings a file to Greenroom by tus, and waits until it has been looked at. */
export async function uploadMedia(
  { url, apiKey, api }: ServerAddress,
  name: string,
  bytes: Uint8Array,
): Promise<UploadedMedia> {
  const headers = { authorization: `Bearer ${apiKey}`, 'tus-resumable': '1.0.0' };
  const created = await fetch(`${url}/api/v1/uploads`, {
    method: 'POST',
    headers: {
      ...headers,
      'upload-length': String(bytes.length),
      'upload-metadata': `filename ${Buffer.from(name).toString('base64')}`,
    },
  });
  const location = created.headers.get('location');
  if (location === null) {
    throw new Error(`An upload was answered ${created.status}: ${await created.text()}`);
  }
  const sent = await fetch(new URL(location, url), {
    method: 'PATCH',
    headers: {
      ...headers,
      'content-type': 'application/offset+octet-stream',
      'upload-offset': '0',
    },
    body: bytes,
  });
  if (!sent.ok) throw new Error(`The bytes were answered ${sent.status}: ${await sent.text()}`);
  const id = location.slice(location.lastIndexOf('/') + 1);
  const ready = await until(
    async () => {
      const media = await api.getMedia({ id });
      if (media.state === 'refused') throw new Error(`${name} was refused: ${media.reason?.code}`);
      return media.state === 'ready' ? media : undefined;
    },
    { what: `${name} is looked at`, timeoutMs: 20_000 },
  );
  return { id, sha256: ready.sha256 ?? '' };
}
