import { eventTypes } from '@greenroom/contract';
import { describeReason, type ReasonWords } from '../posts/reasons.ts';
import type { StateDetails } from '../posts/tables.ts';
import type { TimelineRow } from './read-timeline.ts';

/** An event in words. */
export interface EventWords {
  readonly words: string;
  /** What helps, where something has to be done. */
  readonly remedy: string | null;
  /** Who has to do it. */
  readonly whoseMove: ReasonWords['whoseMove'] | null;
  readonly logId: string | null;
}

type Details = TimelineRow['details'];

/** Tells an event as a person reads it. */
export function describeEvent({ type, details, attempt }: TimelineRow): EventWords {
  const tell = TELLERS[type];
  if (tell !== undefined) return tell(details, attempt);
  // A type that another version wrote is told by its name.
  const known = Object.entries(eventTypes).find(([name]) => name === type)?.[1];
  return plain(known?.words ?? type, details);
}

const TELLERS: Readonly<
  Record<string, ((details: Details, attempt: number | null) => EventWords) | undefined>
> = {
  'post.created': (details) =>
    plain(`The post was made, as ${stateName(details['state'])}.`, details),
  'post.updated': (details) => plain(`The post was changed: ${list(details['fields'])}.`, details),
  'post.state_changed': (details) =>
    reasoned(`${capital(stateName(details['to']))}. `, details['reason'], details),
  'post.waits': (details) =>
    reasoned(`Waits${until(details['until'])}. `, details['reason'], details),
  'post.progress': (details) => plain(toProgress(details), details),
  'post.visibility_changed': (details) => plain(toVisibility(details), details),
  'attempt.started': (details, attempt) =>
    plain(
      `Attempt ${text(attempt ?? details['number'])} began: ${SOURCES[text(details['source'])] ?? 'it is sent'}.`,
      details,
    ),
  'attempt.ended': (details, attempt) => {
    const code = details['code'];
    const words = `Attempt ${text(attempt ?? '')} ended: ${OUTCOMES[text(details['outcome'])] ?? text(details['outcome'])}.`;
    return typeof code === 'string' ? reasoned(`${words} `, code, details) : plain(words, details);
  },
  'request.answered': toRequest,
};

const SOURCES: Readonly<Record<string, string | undefined>> = {
  FILE_UPLOAD: 'Greenroom uploads the file',
  PULL_FROM_URL: 'TikTok pulls the media',
};

const OUTCOMES: Readonly<Record<string, string | undefined>> = {
  accepted: 'TikTok has everything',
  canceled: 'a person canceled the post',
  failed: 'the post failed',
  fault: 'something failed inside Greenroom',
  held: 'it needs a person',
  init_unclear: 'TikTok’s answer was lost',
  put_back: 'it waits in the queue again',
  refused: 'TikTok refused it',
  upload_dead: 'the upload could not go on; a new attempt is safe',
};

const STATES: Readonly<Record<string, string | undefined>> = {
  draft: 'a draft',
  held: 'held: it needs a person',
  in_inbox: 'in the creator’s inbox',
  unknown: 'outcome unknown',
};

function stateName(state: unknown): string {
  return STATES[text(state)] ?? text(state);
}

/** What is asked of TikTok, by the end of its path. */
const REQUESTS: Readonly<Record<string, string | undefined>> = {
  cancel: 'Cancel',
  'content/init': 'Init of photos',
  'creator_info/query': 'Creator info',
  'inbox/video/init': 'Init of a draft',
  'status/fetch': 'Status',
  'user/info': 'User info',
  'video/init': 'Init of a video',
  'video/list': 'Videos',
  'video/query': 'Videos',
};

function toRequest(details: Details): EventWords {
  const { request, status, code, ms } = details;
  const took = typeof ms === 'number' ? ` after ${Math.round(ms)} ms` : '';
  const asked = `${REQUESTS[text(request)] ?? text(request)}: `;
  if (status === null) return reasoned(`${asked}no answer${took}. `, code, details);
  const answered = `${asked}TikTok answered ${text(status)}${took}.`;
  return typeof code === 'string' && code !== 'ok'
    ? reasoned(`${answered} `, code, details)
    : plain(answered, details);
}

function toProgress({ bytes_confirmed: confirmed, bytes_total: total }: Details): string {
  if (typeof confirmed !== 'number' || typeof total !== 'number' || total <= 0) {
    return 'TikTok confirmed bytes.';
  }
  return `TikTok has ${confirmed} of ${total} bytes (${Math.floor((confirmed / total) * 100)} %).`;
}

function toVisibility({ post_ids: ids, visibility }: Details): string {
  const words = VISIBILITIES[text(visibility)] ?? text(visibility);
  return Array.isArray(ids) && ids.length > 0 ? `${words} Its ids: ${list(ids)}.` : words;
}

const VISIBILITIES: Readonly<Record<string, string | undefined>> = {
  pending: 'TikTok has not made it visible yet.',
  public: 'It is public.',
  private: 'It is there for those whom its privacy level allows.',
  removed: 'It is no longer there.',
};

function reasoned(before: string, reason: unknown, details: Details): EventWords {
  const facts = details as StateDetails; // as: recorded by `movePost` and the like, whose details have this form
  const { logId, remedy, whoseMove, words } = describeReason(text(reason), facts);
  return { words: `${before}${words}`, remedy, whoseMove, logId };
}

function plain(words: string, details: Details): EventWords {
  const logId = details['log_id'];
  return { words, remedy: null, whoseMove: null, logId: typeof logId === 'string' ? logId : null };
}

function until(instant: unknown): string {
  return typeof instant === 'string' ? ` until ${instant.slice(0, 19).replace('T', ' ')} UTC` : '';
}

function list(values: unknown): string {
  return Array.isArray(values) ? values.map(String).join(', ') : '';
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function capital(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
