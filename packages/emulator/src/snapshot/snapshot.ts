import { z } from 'zod';
import type { Emulator } from '../emulator.ts';
import type { Json } from '../json.ts';
import { parseSection, SnapshotError } from './parse-section.ts';
import { DueInstant, EntryId, Instant } from './saved-fields.ts';

/** The whole state; JSON throughout. */
export interface Snapshot {
  readonly version: 1;
  readonly sections: Readonly<Record<string, unknown>>;
}

/** Takes the whole state down. */
export async function saveSnapshot(emulator: Emulator): Promise<Snapshot> {
  const sections: Record<string, unknown> = {};
  for (const [name, section] of emulator.sections) sections[name] = await section.save();
  return { version: 1, sections: { ...sections, clock: emulator.clock.save() } };
}

/**
 * Goes back to a snapshot. What is under way ends without an effect.
 *
 * @throws {SnapshotError} If it is none that this version took; nothing has changed then.
 */
export async function loadSnapshot(emulator: Emulator, snapshot: Snapshot): Promise<void> {
  const missing = [...emulator.sections.keys(), 'clock'].filter(
    (name) => snapshot.sections[name] === undefined,
  );
  if (missing.length > 0) throw new SnapshotError(`It lacks ${missing.join(', ')}.`);
  const clock = parseSection(ClockState, snapshot.sections['clock'], 'clock');
  const foreign = clock.events.find(({ kind }) => !emulator.clock.handles(kind));
  if (foreign !== undefined) {
    throw new SnapshotError(`Section clock has an event ${foreign.kind} that nothing handles.`);
  }
  const loads = [...emulator.sections].map(([name, section]) =>
    // A snapshot came through JSON.
    section.read(snapshot.sections[name] as Json),
  );
  await clearState(emulator);
  emulator.clock.reserve(clock.events);
  for (const load of loads) await load();
  emulator.clock.load(clock);
}

/** Forgets everything but the settings; the clock shows the machine's time again. */
export async function clearState(emulator: Emulator): Promise<void> {
  emulator.clock.load({ now: Date.now(), frozen: false, events: [] });
  for (const section of emulator.sections.values()) await section.clear();
}

const ClockState = z.object({
  now: Instant,
  frozen: z.boolean(),
  events: z.array(
    z.object({
      id: EntryId,
      at: DueInstant,
      kind: z.string(),
      payload: z.json(),
      background: z.boolean(),
    }),
  ),
});
