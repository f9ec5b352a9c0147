import type { RunningEmulator } from '@greenroom/emulator';
import { moveClock } from '../../src/db/clock.ts';
import type { Database } from '../../src/db/database.ts';

/** Moves TikTok's clock and ours together, as tests, proofs and benches do: a token then expires for both. */
export async function moveClocks(
  tiktok: Pick<RunningEmulator, 'control'>,
  database: Database,
  seconds: number,
): Promise<void> {
  await tiktok.control.moveClock({ advance_seconds: seconds });
  await moveClock(database, seconds);
}
