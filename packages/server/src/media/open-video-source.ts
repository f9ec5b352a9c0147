import type { VideoSource } from '@greenroom/sdk';
import { inWorkspace, type Transaction } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import { getMediaFacts } from './media-facts.ts';
import { MediaGoneError } from './store/media-store.ts';

/** Where the row is read: the caller's transaction, or one of its own in a workspace. */
export type MediaScope = Transaction | { readonly workspaceId: string };

/**
 * A video of the store as the SDK sends it. Its fingerprint is its SHA-256: an upload to TikTok goes on from its
 * checkpoint in any process, and only with these very bytes.
 *
 * @throws {MediaGoneError} If there is no such video, it is not ready, or its bytes are not all there.
 */
export async function openVideoSource(
  { database, media }: Pick<Services, 'database' | 'media'>,
  scope: MediaScope,
  mediaId: string,
): Promise<VideoSource> {
  const [facts] =
    'workspaceId' in scope
      ? await inWorkspace(database, scope.workspaceId, (tx) => getMediaFacts(tx, [mediaId]))
      : await getMediaFacts(scope, [mediaId]);
  if (facts?.state !== 'ready' || facts.media_type !== 'VIDEO' || facts.sha256 === null) {
    throw new MediaGoneError(mediaId);
  }
  const source = await media.store.openSource(mediaId);
  if (source.size !== facts.size) throw new MediaGoneError(mediaId);
  return { ...source, fingerprint: facts.sha256 };
}
