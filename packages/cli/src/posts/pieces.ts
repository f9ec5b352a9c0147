import { stat } from 'node:fs/promises';
import type { Client } from '@greenroom/contract';
import type { CliContext } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import type { PostInput } from './post-types.ts';
import { requireReady, uploadMedia } from './upload-media.ts';

/** Something that a post is made of: a file of this machine, a file of Greenroom's, or an address. */
export interface Piece {
  readonly kind: 'file' | 'media' | 'url';
  readonly name: string;
}

/**
 * Says what is meant by the names on the command line. Files are looked for at once: nobody is to answer questions
 * for what is not there.
 *
 * @throws {CommandError} If a file is not there.
 */
export async function toPieces(names: readonly string[]): Promise<Piece[]> {
  return Promise.all(
    names.map(async (name): Promise<Piece> => {
      if (/^https?:\/\//i.test(name)) return { kind: 'url', name };
      if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name)) return { kind: 'media', name };
      const stats = await stat(name).catch(() => undefined);
      if (stats?.isFile() !== true) throw new CommandError(`There is no file ${name}.`);
      return { kind: 'file', name };
    }),
  );
}

/**
 * What the pieces make: one video, or one to 35 photos. Told by their names; the server looks into them.
 *
 * @throws {UsageError} If they make nothing.
 */
export function guessMediaType(pieces: readonly Piece[]): 'VIDEO' | 'PHOTO' {
  const photos = pieces.filter(({ name }) => /\.(jpe?g|webp)$/i.test(name.replace(/[?#].*$/, '')));
  if (photos.length === pieces.length) return 'PHOTO';
  if (pieces.length === 1) return 'VIDEO';
  throw new UsageError(
    'One video makes a post, or photos (.jpg, .webp) do. Run the command once for each video.',
  );
}

/** Brings files to Greenroom, one after the other, and gives everything as a post takes it. */
export async function bringMedia(
  context: CliContext,
  api: Client,
  pieces: readonly Piece[],
  signal: AbortSignal,
): Promise<NonNullable<PostInput['media']>> {
  const media: NonNullable<PostInput['media']> = [];
  for (const { kind, name } of pieces) {
    if (kind === 'url') media.push({ url: name });
    else if (kind === 'media') media.push({ media_id: (await requireReady(api, name, name)).id });
    else media.push({ media_id: (await uploadMedia(context, api, name, signal)).id });
  }
  return media;
}
