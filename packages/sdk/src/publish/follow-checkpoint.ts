import type { TikTokClient } from '../client.ts';
import type { PublishCheckpoint } from './checkpoint.ts';
import { type FollowOptions, followPost } from './follow-post.ts';
import type { RunReporter } from './publish-run.ts';
import type { PublishResult } from './result.ts';

/** Follows a post of which TikTok has everything, telling each status as an event. */
export function followCheckpoint(
  client: TikTokClient,
  checkpoint: PublishCheckpoint,
  options: FollowOptions,
  reporter: RunReporter,
): Promise<PublishResult> {
  const { publishId, username, privacyLevel, mediaType } = checkpoint;
  const { followTimeoutMs, waitForPublicId, signal } = options;
  return followPost(client, publishId, {
    followTimeoutMs,
    waitForPublicId,
    signal,
    username,
    privacyLevel,
    mediaType,
    onStatus: ({ status, uploaded_bytes, downloaded_bytes }) =>
      reporter.emit({ type: 'status', status, bytesReceived: uploaded_bytes ?? downloaded_bytes }),
  });
}
