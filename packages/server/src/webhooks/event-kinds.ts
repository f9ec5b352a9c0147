import type { WebhookEvent } from '@greenroom/sdk/webhooks';

/**
 * Every event of TikTok's documentation, as the SDK's reader names it, and whether it tells of something of ours. Those of
 * the retired Video Kit and of Data Portability do not.
 *
 * @see {@link https://developers.tiktok.com/doc/webhooks-events}
 */
const OURS: Readonly<Record<Exclude<WebhookEvent['event'], 'unknown'>, boolean>> = {
  'authorization.removed': true,
  'post.publish.failed': true,
  'post.publish.complete': true,
  'post.publish.inbox_delivered': true,
  'post.publish.publicly_available': true,
  'post.publish.no_longer_publicaly_available': true,
  'video.upload.failed': false,
  'video.publish.completed': false,
  'portability.download.ready': false,
};

/** Names under which events come that this version deals with; all others wait in the table. */
export const EVENT_NAMES: readonly string[] = [
  ...Object.keys(OURS),
  // A spelling of secondary sources, which the SDK takes for `post.publish.complete`.
  'post.publish.completed',
];

/** Whether an event tells of an account or a post. */
export function isOurs({ event }: WebhookEvent): boolean {
  return event !== 'unknown' && OURS[event];
}
