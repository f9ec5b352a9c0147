import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Transaction } from '../../db/database.ts';
import { inInstallation, inWorkspace } from '../../db/database.ts';
import type { Services } from '../../http/services.ts';
import { getMediaFacts } from '../media-facts.ts';
import { type Container, contentTypes } from '../probe/probe.ts';
import { MediaGoneError } from '../store/media-store.ts';

/** Where media is served to TikTok, below the public URL: prove this prefix, or the whole domain, to TikTok. */
export const MEDIA_URL_PATH = '/media';

/** The addresses of one attempt. */
export interface NewMediaUrls {
  readonly attemptId: string;
  /** In the order of the post. */
  readonly mediaIds: readonly string[];
  /** From then on they answer 404. */
  readonly expiresAt: Date;
}

/** What an address serves. */
export interface ServedMedia {
  readonly mediaId: string;
  readonly size: number;
  readonly contentType: string;
  readonly sha256: string;
}

/**
 * Makes the addresses from which TikTok pulls the media of one attempt. Whoever knows one may fetch it; only hashes
 * are stored, and the addresses themselves are for TikTok alone.
 *
 * @throws {MediaGoneError} If one of the media is not there or not ready.
 */
export async function createMediaUrls(
  { config }: Pick<Services, 'config'>,
  tx: Transaction,
  { attemptId, expiresAt, mediaIds }: NewMediaUrls,
): Promise<string[]> {
  const facts = await getMediaFacts(tx, mediaIds);
  const urls = mediaIds.map((mediaId, position) => {
    const found = facts.find(({ id }) => id === mediaId);
    if (found?.state !== 'ready' || found.container === null) throw new MediaGoneError(mediaId);
    const token = randomBytes(32).toString('base64url');
    const name = nameOf(position, found.container);
    return {
      mediaId,
      position,
      token,
      url: `${config.publicUrl}${MEDIA_URL_PATH}/${token}/${name}`,
    };
  });
  await tx
    .insertInto('media_urls')
    .values(
      urls.map(({ mediaId, position, token }) => ({
        workspace_id: sql<string>`current_workspace()`,
        media_id: mediaId,
        attempt_id: attemptId,
        position,
        token_hash: hashOf(token),
        expires_at: expiresAt,
      })),
    )
    .execute();
  return urls.map(({ url }) => url);
}

/**
 * Ends the addresses of an attempt: from the commit on they answer 404.
 *
 * Atomic against serving, which commits that an address was fetched before it sends a byte: after the commit of
 * this, `wasFetched: false` means that nobody has, or will ever have, a byte from them. Of addresses that are
 * forgotten, long after they expired, nobody knows: they count as fetched.
 */
export async function revokeMediaUrls(
  tx: Transaction,
  attemptId: string,
): Promise<{ readonly wasFetched: boolean }> {
  const { rows } = await sql<{ was_fetched: boolean }>`
    update media_urls set revoked_at = coalesce(revoked_at, app_now())
    where attempt_id = ${attemptId}
    returning first_fetched_at is not null as was_fetched`.execute(tx);
  return { wasFetched: rows.length === 0 || rows.some((row) => row.was_fetched) };
}

/** What is asked of an address. */
export interface MediaRequest {
  readonly token: string;
  /** The last part of the address. */
  readonly name: string;
  /** Whether bytes are about to be sent. */
  readonly isFetch: boolean;
}

/**
 * What an address serves, after it is committed that it was fetched; undefined: it serves nothing (any more).
 */
export async function takeMediaUrl(
  { database }: Pick<Services, 'database'>,
  { isFetch, name, token }: MediaRequest,
): Promise<ServedMedia | undefined> {
  const place = await inInstallation(database, async (tx) => {
    const { rows } = await sql<{ media_url_id: string; workspace_id: string }>`
      select media_url_id, workspace_id from find_media_url(${hashOf(token)})`.execute(tx);
    return rows[0];
  });
  if (place === undefined) return undefined;
  const served = await inWorkspace(database, place.workspace_id, (tx) =>
    takeRow(tx, place.media_url_id, isFetch),
  );
  if (served === undefined || name !== nameOf(served.position, served.container)) return undefined;
  const { contentType } = contentTypes[served.container];
  return {
    mediaId: served.media_id,
    size: served.size,
    contentType,
    sha256: served.sha256.toString('hex'),
  };
}

interface ServedRow {
  readonly media_id: string;
  readonly position: number;
  readonly size: number;
  readonly container: Container;
  readonly sha256: Buffer;
}

/** One statement, so that a revocation comes either before or after it. */
async function takeRow(
  tx: Transaction,
  id: string,
  isFetch: boolean,
): Promise<ServedRow | undefined> {
  const { rows } = await sql<ServedRow>`
    update media_urls u set fetches = u.fetches + ${isFetch ? 1 : 0},
      first_fetched_at = case when ${isFetch} then coalesce(u.first_fetched_at, app_now())
        else u.first_fetched_at end
    from media m
    where u.id = ${id} and m.id = u.media_id
      and u.revoked_at is null and u.expires_at > app_now()
      and m.state = 'ready' and m.deleted_at is null
    returning m.id as media_id, u.position, m.size, m.container, m.sha256`.execute(tx);
  return rows[0];
}

function nameOf(position: number, container: string): string {
  // What the probe stored is one of its containers.
  const { extension } = contentTypes[container as Container];
  return `${position}.${extension}`;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
