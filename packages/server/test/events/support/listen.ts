import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type LiveEventsOptions, type LiveMessage, liveEvents } from '@greenroom/contract';
import { type Database, inWorkspace } from '../../../src/db/database.ts';
import { recordEvent } from '../../../src/events/record-event.ts';

/** Somebody who listens in the background. */
export interface TestListener extends AsyncDisposable {
  readonly messages: LiveMessage[];
  /** Ids of media in the events that were heard, in their order. */
  heard(): unknown[];
  /** Resolves when it has ended, with why if it was refused. */
  readonly ended: Promise<unknown>;
}

/** Listens until its scope ends. */
export function listen(options: Omit<LiveEventsOptions, 'signal'>): TestListener {
  const stop = new AbortController();
  const messages: LiveMessage[] = [];
  const run = async () => {
    const own = { sleep: () => pause(20), ...options, signal: stop.signal };
    for await (const message of liveEvents(own)) messages.push(message);
  };
  const ended = run().catch((error: unknown) => error);
  return {
    messages,
    heard: () =>
      messages.flatMap((message) =>
        message.kind === 'event' ? [message.event.details['media_id']] : [],
      ),
    ended,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await ended;
    },
  };
}

/** Makes something happen in a workspace; gives what tells it from other events. */
export async function happen(database: Database, workspaceId: string): Promise<string> {
  const mediaId = randomUUID();
  await inWorkspace(database, workspaceId, (tx) =>
    recordEvent(tx, { type: 'media.ready', details: { media_id: mediaId } }),
  );
  return mediaId;
}
