/** A message of a stream of server-sent events. */
export interface ServerSentEvent {
  /** The last `id` that was sent, with this message or before it. */
  readonly id: string;
  /** Its `event`; `message` without one. */
  readonly event: string;
  /** Its `data`; empty when the message only moves the id on. */
  readonly data: string;
}

/**
 * Reads server-sent events. Other than a browser's EventSource it tells of messages that only move the id on, for
 * they say where to resume.
 *
 * @param onBytes - Hears of every sign of life.
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation}
 */
export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<ServerSentEvent> {
  let id = '';
  let fields = new Map<string, string>();
  for await (const line of readLines(body, onBytes)) {
    if (line !== '') {
      readField(line, fields);
      continue;
    }
    id = fields.get('id') ?? id;
    if (fields.size > 0) {
      yield { id, event: fields.get('event') ?? 'message', data: fields.get('data') ?? '' };
    }
    fields = new Map();
  }
}

function readField(line: string, fields: Map<string, string>): void {
  const colon = line.indexOf(':');
  // A comment: a sign of life.
  if (colon === 0) return;
  const name = colon === -1 ? line : line.slice(0, colon);
  const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
  const present = fields.get(name);
  fields.set(name, name === 'data' && present !== undefined ? `${present}\n${value}` : value);
}

/** Lines may end with CR, LF or both, and a chunk anywhere. */
async function* readLines(
  body: ReadableStream<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes();
      rest += decoder.decode(value, { stream: true });
      // A CR at the end may be the first half of a CRLF.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
