import { setTimeout as sleep } from 'node:timers/promises';
import type { Installation, Worker } from './installation.ts';
import { findLanding, findTarget, type Landing } from './landing.ts';
import type { Blow, Plan, Window } from './plan.ts';

/** What was done to an installation. */
export interface Struck {
  /** Where the kills landed. */
  readonly landings: readonly Landing[];
  readonly clockJumps: number;
  readonly databaseRestarts: number;
}

/** How long a window is waited for before the kill lands where it may. */
const WINDOW_MS = 8_000;
const LOOK_EVERY_MS = 5;

/** Does what a plan says, blow by blow, while its posts are published. */
export async function strike(
  installation: Installation,
  plan: Plan,
  postIds: readonly string[],
): Promise<Struck> {
  const landings: Landing[] = [];
  let clockJumps = 0;
  let databaseRestarts = 0;
  let setBack = 0;
  for (const blow of plan.blows) {
    if (blow.afterMs > 0 && !isAimed(blow)) await sleep(blow.afterMs);
    switch (blow.kind) {
      case 'clock':
        if (blow.seconds > 0) await installation.moveClocks(blow.seconds);
        else await installation.moveOurClock(blow.seconds);
        setBack += Math.min(blow.seconds, 0);
        clockJumps += 1;
        break;
      case 'database':
        await installation.restartDatabase(blow.signal);
        databaseRestarts += 1;
        break;
      case 'kill web':
        landings.push('the process that answers');
        await installation.restartWeb();
        break;
      case 'kill':
      case 'kill all':
        landings.push(...(await kill(installation, blow, postIds)));
        installation.replace();
    }
  }
  // The next plan begins with clocks that agree.
  if (setBack < 0) await installation.moveOurClock(-setBack);
  return { landings, clockJumps, databaseRestarts };
}

function isAimed(blow: Blow): boolean {
  return (blow.kind === 'kill' || blow.kind === 'kill all') && blow.window !== 'anywhere';
}

async function kill(
  installation: Installation,
  { kind, window }: Extract<Blow, { window: Window }>,
  postIds: readonly string[],
): Promise<Landing[]> {
  const target = await aim(installation, window, postIds);
  if (target === undefined) return [];
  const victims = kind === 'kill all' ? [...installation.workers] : [target];
  await Promise.all(victims.map((victim) => installation.kill(victim)));
  const ids = victims.map(({ executorId }) => executorId);
  return [await findLanding(installation, ids, postIds)];
}

/** The worker in the window; when nobody comes there in time, any. Nobody once there is nothing left to kill. */
async function aim(
  installation: Installation,
  window: Window,
  postIds: readonly string[],
): Promise<Worker | undefined> {
  const deadline = performance.now() + WINDOW_MS;
  while (performance.now() < deadline) {
    const executorId = await findTarget(installation, window, postIds);
    const found = installation.workers.find((worker) => worker.executorId === executorId);
    if (found !== undefined) return found;
    if (await isAllSent(installation, postIds)) return undefined;
    await sleep(LOOK_EVERY_MS);
  }
  const busy = await findTarget(installation, 'anywhere', postIds);
  const { workers } = installation;
  return workers.find((worker) => worker.executorId === busy) ?? workers[0];
}

async function isAllSent(installation: Installation, postIds: readonly string[]): Promise<boolean> {
  const open = await installation.query(
    `select from posts where id = any($1::uuid[]) and state in ('scheduled', 'queued', 'publishing')`,
    [postIds],
  );
  return open.length === 0;
}
