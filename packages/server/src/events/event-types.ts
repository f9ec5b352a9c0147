import { type EventType, eventTypes } from '@greenroom/contract';
import type { z } from 'zod';

/** What only the timeline of a post shows: too fine for live updates and webhooks. */
interface TimelineDetails {
  'attempt.started': { readonly number: number; readonly source: 'FILE_UPLOAD' | 'PULL_FROM_URL' };
  'attempt.ended': {
    readonly outcome: string;
    readonly code?: string | null;
    readonly log_id?: string | null;
  };
  /** A request to TikTok was answered, or stayed without an answer. */
  'request.answered': {
    /** What was asked: `creator_info`, `init_video`, `upload_chunk`, `status`… */
    readonly request: string;
    /** HTTP status; `null`: no answer came. */
    readonly status: number | null;
    /** TikTok's `error.code`, or the SDK's for an answer that did not come; `null`: it went well. */
    readonly code: string | null;
    readonly log_id: string | null;
    readonly ms: number;
  };
  /** Made for one webhook endpoint, when a person asks for it. */
  'webhook.test': Record<string, never>;
}

/** Everything that the table of events may tell; the contract lists what leaves the server. */
export type RecordedEventType = EventType | keyof TimelineDetails;

/** What an event of a type carries. */
export type EventDetails<Type extends RecordedEventType> = Type extends EventType
  ? z.input<(typeof eventTypes)[Type]['details']>
  : Type extends keyof TimelineDetails
    ? TimelineDetails[Type]
    : never;

/** Types that live updates carry. */
export function listLiveTypes(): readonly string[] {
  return Object.keys(eventTypes);
}

/** Types that webhook endpoints may subscribe to. */
export function listWebhookTypes(): readonly string[] {
  return Object.entries(eventTypes).flatMap(([type, kind]) => ('isLiveOnly' in kind ? [] : [type]));
}
