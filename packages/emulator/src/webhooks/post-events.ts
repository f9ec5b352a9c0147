import type { Posting } from '../posting/posting.ts';
import type { Post } from '../state/post.ts';

/** Events about a post. The misspelling is TikTok's. */
export type PostEvent =
  | 'post.publish.failed'
  | 'post.publish.complete'
  | 'post.publish.inbox_delivered'
  | 'post.publish.publicly_available'
  | 'post.publish.no_longer_publicaly_available';

/**
 * Sends an event about a post to its app.
 *
 * @param more - What the event carries beside `publish_id` and `publish_type`.
 * @see {@link https://developers.tiktok.com/doc/webhooks-events}
 */
export function emitPostEvent(
  posting: Posting,
  post: Post,
  event: PostEvent,
  more: Readonly<Record<string, string>> = {},
): void {
  posting.webhooks.emit({
    event,
    client_key: post.client_key,
    open_id: post.open_id,
    content: {
      publish_id: post.publish_id,
      ...more,
      publish_type: post.post_mode === 'DIRECT_POST' ? 'DIRECT_PUBLISH' : 'INBOX_SHARE',
    },
  });
}
