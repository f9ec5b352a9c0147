import { dirname, join } from 'node:path';
import type { Client, Operations, OutputOf } from '@greenroom/contract';
import type { CliContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { loginFile } from '../login-file.ts';
import { bytesOf, progressBar } from './byte-words.ts';

/** A file in Greenroom’s store. */
export type Media = OutputOf<Operations['getMedia']>;

/**
 * Uploads a file with a progress bar, and waits until Greenroom has looked at it. The same command goes on where an
 * earlier one was interrupted.
 *
 * @throws {CommandError} If the file cannot be posted, or the upload was interrupted.
 */
export async function uploadMedia(
  context: CliContext,
  api: Client,
  path: string,
  signal: AbortSignal,
): Promise<Media> {
  const { uploadFile } = await import('../upload/upload-file.ts');
  const { url, apiKey } = await context.findServer();
  const progress = context.output.progress(`Uploading ${path}`);
  try {
    const id = await uploadFile({
      url,
      apiKey,
      path,
      keepIn: join(dirname(loginFile(context.env)), 'uploads'),
      signal,
      onProgress: (sent, total) => progress.update(progressBar(sent, total)),
    });
    progress.end();
    return await requireReady(api, id, path);
  } catch (error) {
    progress.end();
    if (!signal.aborted) throw error;
    throw new CommandError(`The upload of ${path} was interrupted; nothing was posted.`, {
      remedy: 'Run the same command again: it goes on with the byte where it stood.',
      cause: error,
    });
  }
}

/**
 * Reads a file of the store that is to be posted.
 *
 * @throws {CommandError} If it cannot be posted.
 */
export async function requireReady(api: Client, id: string, name: string): Promise<Media> {
  const media = await api.getMedia({ id });
  if (media.state === 'ready') return media;
  if (media.reason !== null) {
    const { remedy, words } = media.reason;
    throw new CommandError(`${name} cannot be posted: ${words}`, { remedy });
  }
  throw new CommandError(`${name} has not arrived whole: ${bytesOf(media.received, media.size)}.`, {
    remedy: `See "greenroom media show ${id}".`,
  });
}
