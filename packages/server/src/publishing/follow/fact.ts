import type { PostStatus } from '@greenroom/sdk';
import type { WebhookEvent } from '@greenroom/sdk/webhooks';

/** What is said of a post that TikTok has, whoever says it. */
export type Fact = FactOrigin & Statement;

/** Who says it, and when it was so. */
interface FactOrigin {
  /** An answer to a poll, an event of TikTok's, the account's list of public videos, or a person who looked. */
  readonly by: 'status' | 'event' | 'videos' | 'person';
  /** When it was so. Facts come late and out of order: of two about the same thing the later holds. */
  readonly at: Date;
  /** TikTok's `log_id` of the answer that says it. */
  readonly logId?: string | undefined;
}

/** What can be said of a post. */
export type Statement =
  /** TikTok waits for bytes; how many it has, where it tells. */
  | { readonly says: 'uploading'; readonly bytes: number | undefined }
  | { readonly says: 'downloading' }
  /** A notification waits in the creator's inbox. */
  | { readonly says: 'in_inbox' }
  /** Posted, or of a draft: posted once more. With the public ids that are known. */
  | { readonly says: 'complete'; readonly postIds: readonly string[] }
  /** TikTok's `fail_reason`. */
  | { readonly says: 'failed'; readonly reason: string }
  | { readonly says: 'public'; readonly postId: string }
  | { readonly says: 'not_public'; readonly postId: string }
  /** A status that TikTok does not document. */
  | { readonly says: 'something_new'; readonly status: string };

/** Whether TikTok says that something was made of the post. */
export function isPosted({ says }: Statement): boolean {
  return says === 'complete' || says === 'public' || says === 'in_inbox';
}

/** Reads the answer to a status call. */
export function factOfStatus(status: PostStatus, at: Date): Fact {
  return { by: 'status', at, ...statementOf(status) };
}

function statementOf(answer: PostStatus): Statement {
  switch (answer.status) {
    case 'PROCESSING_UPLOAD':
      return { says: 'uploading', bytes: answer.uploaded_bytes };
    case 'PROCESSING_DOWNLOAD':
      return { says: 'downloading' };
    case 'SEND_TO_USER_INBOX':
      return { says: 'in_inbox' };
    case 'PUBLISH_COMPLETE':
      return { says: 'complete', postIds: answer.publicaly_available_post_id };
    case 'FAILED':
      return { says: 'failed', reason: answer.fail_reason ?? 'unknown' };
    default:
      return { says: 'something_new', status: answer.status };
  }
}

/** An event about a post. */
export interface PostFact {
  readonly publishId: string;
  /** `INBOX_SHARE` or `DIRECT_PUBLISH`, where TikTok tells. */
  readonly publishType: string | undefined;
  readonly fact: Fact;
}

/** Reads an event as what it says of a post; nothing if it is about something else. */
export function factOfEvent(event: WebhookEvent): PostFact | undefined {
  const statement = statementOfEvent(event);
  if (statement === undefined || !('publish_id' in event.content)) return undefined;
  const { publish_id, publish_type } = event.content;
  // What is an id was checked by the SDK's reader; other kinds of events do not come here.
  if (typeof publish_id !== 'string') return undefined;
  return {
    publishId: publish_id,
    publishType: typeof publish_type === 'string' ? publish_type : undefined,
    fact: { by: 'event', at: new Date(event.create_time * 1000), ...statement },
  };
}

function statementOfEvent(event: WebhookEvent): Statement | undefined {
  switch (event.event) {
    case 'post.publish.inbox_delivered':
      return { says: 'in_inbox' };
    case 'post.publish.complete':
      return { says: 'complete', postIds: [] };
    case 'post.publish.failed':
      return { says: 'failed', reason: event.content.reason };
    case 'post.publish.publicly_available':
      return { says: 'public', postId: event.content.post_id };
    case 'post.publish.no_longer_publicaly_available':
      return { says: 'not_public', postId: event.content.post_id };
    case 'authorization.removed':
    case 'portability.download.ready':
    case 'unknown':
    case 'video.publish.completed':
    case 'video.upload.failed':
      return undefined;
  }
}
