import { z } from 'zod';
import type { Emulator } from '../emulator.ts';
import type { Json } from '../json.ts';
import { parseSection, SnapshotError } from './parse-section.ts';

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
 * @throws {SnapshotError} If it is none that this version took; the state is then as it was.
 */
export async function loadSnapshot(emulator: Emulator, snapshot: Snapshot): Promise<void> {
  const missing = [...emulator.sections.keys(), 'clock'].filter(
    (name) => snapshot.sections[name] === undefined,
  );
  if (missing.length > 0) throw new SnapshotError(`It lacks ${missing.join(', ')}.`);
  const clock = parseSection(ClockState, snapshot.sections['clock'], 'clock');
  const before = await saveSnapshot(emulator);
  try {
    await loadSections(emulator, snapshot);
    emulator.clock.load(clock);
  } catch (error) {
    await loadSections(emulator, before);
    // What `save` gave a moment ago.
    emulator.clock.load(before.sections['clock'] as z.output<typeof ClockState>);
    throw error;
  }
}

async function loadSections(emulator: Emulator, snapshot: Snapshot): Promise<void> {
  await clearState(emulator);
  for (const [name, section] of emulator.sections) {
    try {
      // A snapshot came through JSON, or was made of JSON by `save`.
      await section.load(snapshot.sections[name] as Json);
    } catch (error) {
      if (error instanceof SnapshotError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new SnapshotError(`Section ${name} makes no sense: ${reason}`, { cause: error });
    }
  }
}

/** Forgets everything but the settings; the clock shows the machine's time again. */
export async function clearState(emulator: Emulator): Promise<void> {
  emulator.clock.load({ now: Date.now(), frozen: false, events: [] });
  for (const section of emulator.sections.values()) await section.clear();
}

const ClockState = z.object({
  now: z.number(),
  frozen: z.boolean(),
  events: z.array(
    z.object({
      id: z.int(),
      at: z.number(),
      kind: z.string(),
      payload: z.json(),
      background: z.boolean(),
    }),
  ),
});
