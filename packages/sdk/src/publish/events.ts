import type { CreatorInfo } from '../creator-info.ts';
import type { ChunkPlan } from '../upload/chunk-plan.ts';
import type { PublishResult } from './result.ts';

/** What a {@link PublishRun} tells on its way, in this order; each is told by its `type`. */
export type PublishEvent =
  | CreatorInfoEvent
  | ValidatedEvent
  | InitEvent
  | UploadEvent
  | StatusEvent
  | DoneEvent;

/** What the creator may do now has been read. Not for drafts. */
export interface CreatorInfoEvent {
  /** Tells this event from the others. */
  readonly type: 'creator_info';
  /** What TikTok answered. */
  readonly creator: CreatorInfo;
}

/** Nothing is known that would make TikTok refuse the post. */
export interface ValidatedEvent {
  /** Tells this event from the others. */
  readonly type: 'validated';
}

/** TikTok has taken the post on. Keep the `publishId`: it names the post from now on. */
export interface InitEvent {
  /** Tells this event from the others. */
  readonly type: 'init';
  /** TikTok's name of the post in status calls and webhooks. */
  readonly publishId: string;
  /** How the video will be cut; `undefined` if TikTok fetches the media. */
  readonly plan: ChunkPlan | undefined;
}

/** Bytes have gone out. While nobody reads the events, only the newest of these is kept. */
export interface UploadEvent {
  /** Tells this event from the others. */
  readonly type: 'upload';
  /** Bytes sent so far, those of earlier runs included. */
  readonly bytesSent: number;
  /** Size of the video, in bytes. */
  readonly bytesTotal: number;
  /** Speed of late, in bytes per second. */
  readonly bytesPerSecond: number;
  /** How long the rest takes at this speed, in milliseconds; `undefined` while that is unknown. */
  readonly timeLeftMs: number | undefined;
}

/** TikTok was asked how far it is. */
export interface StatusEvent {
  /** Tells this event from the others. */
  readonly type: 'status';
  /** TikTok's word, such as `PROCESSING_UPLOAD`. */
  readonly status: string;
  /** Bytes that TikTok has received or fetched, if it told. */
  readonly bytesReceived: number | undefined;
}

/** The run is over; the last event of one that did not throw. */
export interface DoneEvent {
  /** Tells this event from the others. */
  readonly type: 'done';
  /** What `result` resolves to. */
  readonly result: PublishResult;
}
