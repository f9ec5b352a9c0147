import { API_BASE_PATH } from '../operations.ts';
import { EventSchema, type GreenroomEvent } from '../schemas/event.ts';
import type { ClientOptions } from './create-client.ts';
import { GreenroomError, MetProblemSchema } from './greenroom-error.ts';
import { readServerSentEvents, type ServerSentEvent } from './server-sent-events.ts';

/** How {@link liveEvents} listens. */
export interface LiveEventsOptions extends Omit<ClientOptions, 'timeoutMs'> {
  /** Ends the listening. */
  readonly signal?: AbortSignal | undefined;
  /** `lastEventId` of the last event that was dealt with; without it, what happens from now on. */
  readonly lastEventId?: string | undefined;
  /** Longest silence before the connection counts as lost, in milliseconds. Default 45,000: three signs of life. */
  readonly silenceMs?: number;
  /** Waits before it connects again; by default 1 s, doubled up to 30 s while nobody answers. */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** What a listener hears. */
export type LiveMessage =
  /** It listens: what happened before this is read from the API, what happens after comes as events. */
  | { readonly kind: 'ready'; readonly lastEventId: string }
  /** Something may have been missed, for instance by a restore from a backup: read everything again. */
  | { readonly kind: 'reset'; readonly lastEventId: string }
  /** Something happened. */
  | { readonly kind: 'event'; readonly lastEventId: string; readonly event: GreenroomEvent };

/**
 * Listens to what happens, until the signal aborts. A lost connection is made again where it stood, at whichever
 * process answers then, and nothing is missed.
 *
 * @throws {GreenroomError} If the server refuses: the key was revoked, or may not read posts.
 * @example
 * ```ts
 * import { liveEvents } from '@greenroom/contract';
 *
 * for await (const message of liveEvents({ baseUrl: 'http://127.0.0.1:8787', apiKey: 'grk_…' })) {
 *   if (message.kind === 'event') console.log(message.event.type, message.event.post_id);
 * }
 * ```
 */
export async function* liveEvents(options: LiveEventsOptions): AsyncGenerator<LiveMessage> {
  const { signal, sleep = abortableSleep } = options;
  // What makes no address fails at once, and not again and again.
  const url = toUrl(options);
  let lastEventId = options.lastEventId;
  let isFirst = true;
  let failures = 0;
  while (!isAborted(signal)) {
    try {
      for await (const sent of connect(url, options, lastEventId)) {
        failures = 0;
        lastEventId = sent.id;
        const message = toMessage(sent);
        // A connection that was made again says `ready` once more, which is news to nobody.
        if (message === undefined || (message.kind === 'ready' && !isFirst)) continue;
        isFirst = false;
        yield message;
      }
    } catch (error) {
      if (isAborted(signal)) return;
      if (error instanceof GreenroomError && isRefusal(error)) throw error;
      failures += 1;
    }
    if (isAborted(signal)) return;
    await sleep(Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** Math.max(0, failures - 1)), signal);
  }
}

const LONGEST_PAUSE_MS = 30_000;

function toUrl({ baseUrl, workspaceId }: LiveEventsOptions): URL {
  const url = new URL(`${baseUrl.replace(/\/+$/, '')}${API_BASE_PATH}/events`);
  if (workspaceId !== undefined) url.searchParams.set('workspace_id', workspaceId);
  return url;
}

async function* connect(
  url: URL,
  options: LiveEventsOptions,
  lastEventId: string | undefined,
): AsyncGenerator<ServerSentEvent> {
  const { apiKey, silenceMs = 45_000 } = options;
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), silenceMs);
  const onBytes = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), silenceMs);
  };
  const ends = options.signal ? [options.signal, silence.signal] : [silence.signal];
  try {
    const response = await (options.fetch ?? globalThis.fetch)(url, {
      headers: {
        accept: 'text/event-stream',
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      // A key must not follow a redirect to somebody else.
      redirect: 'error',
      signal: AbortSignal.any(ends),
    });
    if (!response.ok || response.body === null) throw await toError(response);
    yield* readServerSentEvents(response.body, onBytes);
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

function toMessage({ id, data, event }: ServerSentEvent): LiveMessage | undefined {
  if (event === 'ready' || event === 'reset') return { kind: event, lastEventId: id };
  if (data === '') return undefined;
  const parsed = EventSchema.safeParse(JSON.parse(data));
  return parsed.success ? { kind: 'event', lastEventId: id, event: parsed.data } : undefined;
}

async function toError(response: Response): Promise<GreenroomError> {
  const { status } = response;
  const body: unknown = await response.json().catch(() => undefined);
  const parsed = MetProblemSchema.safeParse(body);
  if (!parsed.success) {
    return new GreenroomError('unexpected-answer', `Events were answered with status ${status}`, {
      status,
    });
  }
  const problem = parsed.data;
  return new GreenroomError(problem.code, `${problem.title}: ${problem.detail}`, {
    status,
    problem,
  });
}

/** Whether the server will say the same to the same request again. */
function isRefusal({ status }: GreenroomError): boolean {
  return status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function abortableSleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
