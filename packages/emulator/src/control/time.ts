import type { FastifyInstance } from 'fastify';
import { LAST_INSTANT } from '../clock/last-instant.ts';
import type { Emulator } from '../emulator.ts';
import { ControlError } from './control-error.ts';
import { handleOperation } from './handle-operation.ts';

/** `POST clock` and `POST idle`. */
export function registerTime(app: FastifyInstance, emulator: Emulator): void {
  const { clock } = emulator;
  handleOperation(app, 'moveClock', async ({ body }) => {
    const target = body.now === undefined ? undefined : Date.parse(body.now);
    if (target !== undefined && target < clock.now()) {
      throw new ControlError(400, `It is ${toClock(emulator).now}; the clock goes forward only.`);
    }
    const reached = target ?? clock.now() + (body.advance_seconds ?? 0) * 1000;
    if (reached > LAST_INSTANT) throw new ControlError(400, 'The clock ends with the year 9999.');
    if (body.frozen === true) clock.setFrozen(true);
    const isReached =
      target === undefined
        ? await clock.moveBy((body.advance_seconds ?? 0) * 1000)
        : await clock.moveTo(target);
    // A reset or a restored snapshot ended the move: its clock is not this call's to change.
    if (isReached && body.frozen === false) clock.setFrozen(false);
    return toClock(emulator);
  });
  handleOperation(app, 'waitIdle', async ({ body }) => {
    const deadline = AbortSignal.any([
      AbortSignal.timeout(body.timeout_seconds * 1000),
      emulator.closed,
    ]);
    if (await waitIdle(emulator, body.advance, deadline)) return toClock(emulator);
    throw new ControlError(409, whatIsLeft(emulator, body.timeout_seconds));
  });
}

/** Where the clock stands, as the control API says it. */
export function toClock({ clock }: Emulator): { now: string; frozen: boolean } {
  return { now: new Date(clock.now()).toISOString(), frozen: clock.frozen };
}

async function waitIdle(
  emulator: Emulator,
  advance: boolean,
  deadline: AbortSignal,
): Promise<boolean> {
  const { clock, work } = emulator;
  while (!deadline.aborted) {
    await orAbort(work.settled(), deadline);
    if (deadline.aborted) return false;
    const next = clock.nextAt({ background: false });
    if (next === undefined && work.pending === 0) return true;
    if (next === undefined) continue;
    if (advance) await orAbort(clock.moveTo(next), deadline);
    else await orAbort(untilChange(emulator, next), deadline);
  }
  return false;
}

/** Resolves when the next event may have fired; a frozen clock is looked at now and then. */
async function untilChange({ clock }: Emulator, next: number): Promise<void> {
  const wait = clock.frozen ? 50 : Math.min(Math.max(next - clock.now(), 1), 50);
  await new Promise((resolve) => setTimeout(resolve, wait));
}

async function orAbort(work: Promise<unknown>, deadline: AbortSignal): Promise<void> {
  const done = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    if (deadline.aborted) resolve();
    deadline.addEventListener('abort', () => resolve(), { signal: done.signal });
  });
  await Promise.race([work, aborted]);
  done.abort();
}

function whatIsLeft({ clock, closed, work }: Emulator, seconds: number): string {
  if (closed.aborted) return 'The emulator was closed before it was idle.';
  return `After ${seconds} s ${work.pending} are under way and ${clock.due} are due; pass "advance": true to move the clock.`;
}
