/** What every webhook has. */
interface WebhookBase {
  /** Key of the app that it is for. */
  readonly client_key: string;
  /** Name of the event as it came. */
  readonly event_name: string;
  /** When it happened, in UTC seconds. */
  readonly create_time: number;
  /** The creator, as `open_id` names them; `undefined` for events that are nobody's. */
  readonly user_openid: string | undefined;
  /** The body as it came, unknown fields too; its `content` is still text. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** What the events of a post have in common. */
export interface PublishContent {
  /** The post, as its init answered. */
  readonly publish_id: string;
  /** `INBOX_SHARE` for drafts, `DIRECT_PUBLISH` for direct posts, or what TikTok has added. */
  readonly publish_type?: 'INBOX_SHARE' | 'DIRECT_PUBLISH' | (string & {}) | undefined;
}

/** A creator disconnected the app; the tokens are dead already. */
export interface AuthorizationRemovedEvent extends WebhookBase {
  /** Names the event. */
  readonly event: 'authorization.removed';
  /** What happened. */
  readonly content: {
    /**
     * 0 unknown, 1 disconnected by the user in TikTok, 2 account deleted, 3 age changed, 4 account
     * banned, 5 revoked by the developer.
     */
    readonly reason: number;
  };
}

/** A post failed. */
export interface PublishFailedEvent extends WebhookBase {
  /** Names the event. */
  readonly event: 'post.publish.failed';
  /** What failed. */
  readonly content: PublishContent & {
    /** A `fail_reason`: {@link explainFailReason} says what to do. */
    readonly reason: string;
  };
}

/** A post was made; of a draft, perhaps one of several. */
export interface PublishCompleteEvent extends WebhookBase {
  /** Names the event. */
  readonly event: 'post.publish.complete';
  /** What was posted. */
  readonly content: PublishContent;
}

/** A draft has reached the creator's inbox. */
export interface InboxDeliveredEvent extends WebhookBase {
  /** Names the event. */
  readonly event: 'post.publish.inbox_delivered';
  /** What was delivered. */
  readonly content: PublishContent;
}

/** A post can now be seen by everyone, or no longer; the second name is TikTok's spelling. */
export interface PublicAvailabilityEvent extends WebhookBase {
  /** Names the event. */
  readonly event: 'post.publish.publicly_available' | 'post.publish.no_longer_publicaly_available';
  /** Which post. */
  readonly content: PublishContent & {
    /** Id of the public post, as a string. */
    readonly post_id: string;
  };
}

/** Of the retired Video Kit. */
export interface VideoKitEvent extends WebhookBase {
  /** Names the event. */
  readonly event: 'video.upload.failed' | 'video.publish.completed';
  /** Which share. */
  readonly content: {
    /** Id of the share. */
    readonly share_id: string;
  };
}

/** An export of a user's data can be fetched. */
export interface PortabilityReadyEvent extends WebhookBase {
  /** Names the event. */
  readonly event: 'portability.download.ready';
  /** Which export. */
  readonly content: {
    /** Id of the request, as a string: it may be beyond what a number holds. */
    readonly request_id: string;
  };
}

/** An event that is not in TikTok's documentation, kept as it came; `event_name` names it. */
export interface UnknownWebhookEvent extends WebhookBase {
  /** Tells that only `event_name` says what it is. */
  readonly event: 'unknown';
  /** The content, parsed if it was JSON in a text; large integers as strings. */
  readonly content: Readonly<Record<string, unknown>>;
}

/**
 * Something that TikTok tells of. Tell the kinds apart by `event`.
 *
 * @see {@link https://developers.tiktok.com/doc/webhooks-events}
 */
export type WebhookEvent =
  | AuthorizationRemovedEvent
  | InboxDeliveredEvent
  | PortabilityReadyEvent
  | PublicAvailabilityEvent
  | PublishCompleteEvent
  | PublishFailedEvent
  | UnknownWebhookEvent
  | VideoKitEvent;
