import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { removeAuthorization } from '../authorization.ts';
import { failPost, publish } from '../posting/lifecycle.ts';
import { removeVideo, scheduleModeration } from '../posting/moderation.ts';
import type { Posting } from '../posting/posting.ts';
import { toPrivacyLevelOptions } from '../posting/privacy.ts';
import type { Creator } from '../state/creator.ts';
import type { Post } from '../state/post.ts';
import { ControlError } from './control-error.ts';
import { handleOperation } from './handle-operation.ts';
import { toPostView } from './post-view.ts';
import { getPost } from './posts.ts';
import type { ActInput } from './schemas.ts';

type Act = z.output<typeof ActInput>;
type PostAct = Exclude<Act, { act: 'disconnect' }>;

/** `POST creators/{username}/acts`: what a creator does in TikTok's own app. */
export function registerActs(app: FastifyInstance, posting: Posting): void {
  const { emulator } = posting;
  handleOperation(app, 'act', ({ params, body }) => {
    const creator = emulator.store.creators.get(params['username'] ?? '');
    if (creator === undefined) {
      throw new ControlError(404, `There is no creator ${params['username']}.`);
    }
    const { username } = creator;
    if (body.act === 'disconnect') {
      disconnect(posting, creator, body.client_key, body.reason);
      return { act: body.act, username };
    }
    const post = getPost(posting, body.publish_id);
    if (post.username !== username) {
      throw new ControlError(404, `${username} has no post ${body.publish_id}.`);
    }
    actOnPost(posting, creator, post, body);
    return { act: body.act, username, post: toPostView(emulator, post) };
  });
}

function actOnPost(posting: Posting, creator: Creator, post: Post, act: PostAct): void {
  switch (act.act) {
    case 'post_inbox':
      postInbox(posting, creator, post, act.count, act.privacy_level);
      break;
    case 'discard_inbox':
      discardInbox(posting, post);
      break;
    case 'make_public':
      makePublic(posting, creator, post);
      break;
    case 'delete_post':
      deletePost(posting, post);
      break;
  }
}

/** The creator makes posts of a draft; a draft that was posted may be posted again. */
function postInbox(
  posting: Posting,
  creator: Creator,
  post: Post,
  count: number,
  chosen: string | undefined,
): void {
  const isDelivered = post.status === 'SEND_TO_USER_INBOX' || post.status === 'PUBLISH_COMPLETE';
  if (post.post_mode !== 'MEDIA_UPLOAD' || !isDelivered) {
    throw new ControlError(400, `The post is no draft in the inbox: it is ${post.status}.`);
  }
  const options = toPrivacyLevelOptions(creator);
  const level = chosen ?? options[0] ?? 'SELF_ONLY';
  if (!options.includes(level)) {
    throw new ControlError(400, `privacy_level must be one of ${options.join(', ')}.`);
  }
  for (let made = 0; made < count; made += 1) publish(posting, post, level);
}

/** TikTok does not document what a discarded draft becomes; here it fails as a cancelled one. */
function discardInbox(posting: Posting, post: Post): void {
  if (post.status !== 'SEND_TO_USER_INBOX') {
    throw new ControlError(400, `The post does not wait in the inbox: it is ${post.status}.`);
  }
  failPost(posting, post, 'publish_cancelled');
}

/** The creator makes the account public and then the post, which is moderated as a new one is. */
function makePublic(posting: Posting, creator: Creator, post: Post): void {
  const videos = videosOf(posting, post).filter(
    (video) => video.privacy_level !== 'PUBLIC_TO_EVERYONE' && video.moderation !== 'removed',
  );
  if (videos.length === 0) {
    throw new ControlError(400, 'The post has no private video that could be made public.');
  }
  creator.private_account = false;
  for (const video of videos) {
    video.privacy_level = 'PUBLIC_TO_EVERYONE';
    video.moderation = 'pending';
    scheduleModeration(posting.emulator, video);
  }
}

function deletePost(posting: Posting, post: Post): void {
  const videos = videosOf(posting, post).filter((video) => video.moderation !== 'removed');
  if (videos.length === 0) throw new ControlError(400, 'The post has no video to delete.');
  for (const video of videos) removeVideo(posting, video);
}

function videosOf({ emulator }: Posting, post: Post) {
  return post.video_ids.flatMap((id) => emulator.store.videos.get(id) ?? []);
}

function disconnect(posting: Posting, creator: Creator, clientKey: string, reason: number): void {
  if (!posting.emulator.store.apps.has(clientKey)) {
    throw new ControlError(404, `There is no app ${clientKey}.`);
  }
  if (removeAuthorization(posting.emulator, clientKey, creator.username, reason)) return;
  throw new ControlError(400, `${creator.username} has not authorized ${clientKey}.`);
}
