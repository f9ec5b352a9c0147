import type { TikTokClient } from '@greenroom/sdk';
import { sql } from 'kysely';
import { inWorkspace, type Transaction } from '../../db/database.ts';
import type { Services } from '../../http/services.ts';
import type { Fact } from './fact.ts';
import { findVideo, type PublicVideo } from './find-video.ts';
import type { ClaimedPoll } from './follow-queries.ts';

// Moderation usually takes less than a minute.
const PATIENCE = '10 minutes';

/**
 * Looks for a post among the newest public videos of its account, where the creator granted `video.list`.
 *
 * For a post whose outcome is unknown, and for one whose public id TikTok does not tell. What is not found proves nothing:
 * moderation may take hours, and private posts are never listed.
 */
export async function lookForVideo(
  services: Services,
  post: ClaimedPoll,
  client: TikTokClient,
  signal: AbortSignal,
): Promise<Fact | undefined> {
  const { database, clock } = services;
  const sought = await inWorkspace(database, post.workspaceId, (tx) => findSought(tx, post));
  if (sought === undefined) return undefined;
  const at = clock.now();
  const { videos } = await client.listVideosPage(
    { fields: ['id', 'create_time', 'title', 'video_description'], max_count: 20 },
    { signal },
  );
  const shown = videos.map(toPublicVideo);
  const known = await inWorkspace(database, post.workspaceId, (tx) => listKnownIds(tx, post));
  const id = findVideo(sought, shown, known);
  return id === undefined ? undefined : { by: 'videos', at, says: 'complete', postIds: [id] };
}

/** The post, if it can be told from others by its text and the account lets its videos be listed. */
async function findSought(tx: Transaction, { accountId, attemptId, postId }: ClaimedPoll) {
  const row = await tx
    .selectFrom('posts as p')
    .innerJoin('attempts as a', 'a.post_id', 'p.id')
    .innerJoin('accounts as c', 'c.id', 'p.account_id')
    .select(['p.media_type', 'p.title', 'p.description', 'a.init_sent_at', 'c.scopes'])
    .where('p.id', '=', postId)
    .where('a.id', '=', attemptId)
    .where(({ and, eb, or }) =>
      or([
        eb('p.state', '=', 'unknown'),
        and([
          eb('p.state', '=', 'published'),
          eb('p.state_changed_at', '<', sql<Date>`app_now() - ${PATIENCE}::interval`),
        ]),
      ]),
    )
    // A creator decides in the app what a draft is called.
    .where('p.post_mode', '=', 'DIRECT_POST')
    .where('p.privacy_level', '=', 'PUBLIC_TO_EVERYONE')
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom('posts as other')
            .select('other.id')
            .where('other.account_id', '=', accountId)
            .where('other.state', 'in', ['unknown', 'processing', 'published'])
            .where('other.id', '!=', postId)
            .whereRef('other.title', '=', 'p.title')
            .whereRef('other.description', '=', 'p.description')
            .where('other.post_ids', '=', sql<string[]>`'{}'`),
        ),
      ),
    )
    .executeTakeFirst();
  if (row === undefined || row.init_sent_at === null || !row.scopes.includes('video.list')) {
    return undefined;
  }
  const { media_type: mediaType, title, description, init_sent_at: since } = row;
  return { mediaType, title, description, since };
}

async function listKnownIds(
  tx: Transaction,
  { accountId, postId }: ClaimedPoll,
): Promise<ReadonlySet<string>> {
  const rows = await tx
    .selectFrom('posts')
    .select('publications')
    .where('account_id', '=', accountId)
    .where('id', '!=', postId)
    .where('state', '=', 'published')
    .orderBy('state_changed_at', 'desc')
    .limit(500)
    .execute();
  return new Set(rows.flatMap(({ publications }) => Object.keys(publications)));
}

function toPublicVideo(video: {
  readonly id?: string;
  readonly create_time?: number;
  readonly title?: string;
  readonly video_description?: string;
}): PublicVideo {
  return {
    id: video.id ?? '',
    createTime: video.create_time ?? 0,
    title: video.title ?? '',
    description: video.video_description ?? '',
  };
}
