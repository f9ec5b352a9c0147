import type { FastifyInstance } from 'fastify';
import type { Emulator } from '../emulator.ts';
import { createMediaProber } from '../media/media-prober.ts';
import { endPull, PULL_DEADLINE } from '../pull/start-pull.ts';
import { registerUpload } from '../upload/upload-route.ts';
import { UPLOAD_EXPIRED, Uploads } from '../upload/uploads.ts';
import { WEBHOOK_DUE, Webhooks } from '../webhooks/webhooks.ts';
import { endAuthorization } from './authorization-end.ts';
import { registerCancel } from './cancel.ts';
import { PostingCaps } from './caps.ts';
import { registerCreatorInfo } from './creator-info.ts';
import { endUpload } from './end-upload.ts';
import { registerPhotoInit } from './init-photos.ts';
import { registerVideoInits } from './init-video.ts';
import { POST_PROCESSED, processPost } from './lifecycle.ts';
import { moderateVideo, VIDEO_MODERATED } from './moderation.ts';
import type { Posting } from './posting.ts';
import { trimPosts } from './retention.ts';
import { addPostingSections } from './sections.ts';
import { registerStatus } from './status.ts';

/** The Content Posting API with what drives it: uploads, pulls, processing, moderation, webhooks. */
export function registerPosting(app: FastifyInstance, emulator: Emulator): Posting {
  const posting = createPosting(emulator);
  handleEvents(posting);
  addPostingSections(posting);
  emulator.settingsChanged.push(() => trimPosts(posting));
  emulator.authorizationRemoved.push((removed) => endAuthorization(posting, removed));
  emulator.closing.push(() => posting.prober.close());
  emulator.counts.set('media_parsed', () => posting.prober.counters.parsed);
  emulator.counts.set('media_reused', () => posting.prober.counters.reused);
  emulator.counts.set('webhooks', () => posting.webhooks.total);
  registerCreatorInfo(app, posting);
  registerVideoInits(app, posting);
  registerPhotoInit(app, posting);
  registerStatus(app, posting);
  registerCancel(app, posting);
  registerUpload(app, posting);
  return posting;
}

function createPosting(emulator: Emulator): Posting {
  return {
    emulator,
    prober: createMediaProber(),
    caps: new PostingCaps(emulator.settings),
    uploads: new Uploads(emulator),
    pulls: new Map(),
    webhooks: new Webhooks(emulator),
    lastPostId: 0,
    lastVideoAt: 0,
  };
}

function handleEvents(posting: Posting): void {
  const { clock } = posting.emulator;
  clock.handle(POST_PROCESSED, (publishId) => processPost(posting, publishId));
  clock.handle(VIDEO_MODERATED, (videoId) => moderateVideo(posting, videoId));
  clock.handle(UPLOAD_EXPIRED, (publishId) => endUpload(posting, publishId));
  clock.handle(PULL_DEADLINE, (publishId) => endPull(posting, publishId));
  clock.handle(WEBHOOK_DUE, (id) => posting.webhooks.deliver(id));
}
