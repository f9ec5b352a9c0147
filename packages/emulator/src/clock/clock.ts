import type { Json } from '../json.ts';
import type { ScheduledEvent } from './event-queue.ts';
import { EventQueue } from './event-queue.ts';

/** Does what an event stands for. A promise it returns is awaited while the clock is being moved. */
export type EventHandler = (payload: Json, at: number) => void | Promise<void>;

/** How an event is planned; instants are milliseconds since 1970 on the emulator's clock. */
export interface EventPlan {
  readonly at: number;
  /** Which handler takes it. */
  readonly kind: string;
  /** What the handler needs; JSON, so that a snapshot can keep it. */
  readonly payload?: Json;
  /** True for tidying up and deadlines, which `POST idle` does not wait for. Default: false. */
  readonly background?: boolean;
}

interface ClockState {
  readonly now: number;
  readonly frozen: boolean;
  readonly events: readonly ScheduledEvent[];
}

/** Longest delay that `setTimeout` takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The emulator's time: it runs beside the machine's clock, can be frozen and moved forward, and
 * fires scheduled events in the order of their instants, each at its own `now()`.
 */
export class VirtualClock {
  readonly #handlers = new Map<string, EventHandler>();
  readonly #queue = new EventQueue();
  readonly #track: (work: Promise<void>) => void;
  readonly #realNow: () => number;
  #offset = 0;
  /** The instant at which it stands still, when it does. */
  #stoppedAt: number | undefined;
  #frozen = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #moves: Promise<unknown> = Promise.resolve();
  /** Handlers at work that fired as real time passed. */
  readonly #fired = new Set<Promise<void>>();
  /** Grows when the clock is replaced: what was asked of the one before does not go on. */
  #generation = 0;
  #closed = false;

  /**
   * @param track - Takes the promises of handlers that fire as real time passes.
   * @param realNow - The machine's clock; default `Date.now`.
   */
  constructor(track: (work: Promise<void>) => void, realNow: () => number = Date.now) {
    this.#track = track;
    this.#realNow = realNow;
  }

  /** Milliseconds since 1970, on this clock. */
  now(): number {
    return this.#stoppedAt ?? this.#realNow() + this.#offset;
  }

  /** Whether time passes only when it is moved. */
  get frozen(): boolean {
    return this.#frozen;
  }

  /** Events that wait and that `POST idle` would wait for. */
  get due(): number {
    return this.#queue.foreground;
  }

  /** The instant of the next event, whichever kind; `background` ones only when asked for. */
  nextAt(options: { readonly background: boolean }): number | undefined {
    return this.#queue.nextAt(options.background);
  }

  /** Names the handler of a kind of event; one a kind. */
  handle(kind: string, handler: EventHandler): void {
    this.#handlers.set(kind, handler);
  }

  /** Whether a kind of event has a handler. */
  handles(kind: string): boolean {
    return this.#handlers.has(kind);
  }

  /**
   * Plans an event, on a whole millisecond; one whose instant has passed fires as soon as the present
   * turn ends.
   */
  schedule(plan: EventPlan): number {
    const at = Math.round(plan.at);
    const id = this.#queue.add({
      at,
      kind: plan.kind,
      payload: plan.payload ?? null,
      background: plan.background ?? false,
    });
    if (at < this.#timerAt) this.#arm();
    return id;
  }

  /** Forgets an event; nothing happens when it fired already. */
  cancel(id: number): void {
    this.#queue.remove(id);
  }

  /** Lets time stand still, or pass again. */
  setFrozen(frozen: boolean): void {
    if (frozen === this.#frozen) return;
    const now = this.now();
    this.#frozen = frozen;
    this.#stoppedAt = frozen ? now : undefined;
    this.#offset = now - this.#realNow();
    this.#arm();
  }

  /**
   * Moves time forward, firing what becomes due in order and awaiting each handler, those at work
   * already included. Moves that overlap run one after the other.
   *
   * @param target - The instant to reach; nothing happens when it has passed.
   * @returns False when the clock was replaced meanwhile, which ends the move.
   */
  moveTo(target: number): Promise<boolean> {
    return this.#inTurn(() => target);
  }

  /**
   * Moves time forward by this many milliseconds, rounded to whole ones, from where it is when the
   * move begins; otherwise as {@link VirtualClock.moveTo}.
   */
  moveBy(milliseconds: number): Promise<boolean> {
    return this.#inTurn(() => this.now() + Math.round(milliseconds));
  }

  /** What a snapshot keeps. */
  save(): ClockState {
    return { now: this.now(), frozen: this.#frozen, events: this.#queue.list() };
  }

  /**
   * Keeps the ids of these events free until {@link VirtualClock.load} brings them: what is scheduled
   * meanwhile gets none of them, so that whoever cancels it does not cancel one of these.
   */
  reserve(events: readonly ScheduledEvent[]): void {
    this.#queue.reserve(events.map(({ id }) => id));
  }

  /** Goes back to what a snapshot kept. */
  load(state: ClockState): void {
    this.#generation += 1;
    this.#moves = Promise.resolve();
    this.#fired.clear();
    this.#frozen = state.frozen;
    this.#stoppedAt = state.frozen ? state.now : undefined;
    this.#offset = state.now - this.#realNow();
    this.#queue.replace(state.events);
    this.#arm();
  }

  /** Stops all timers; nothing fires any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #inTurn(toTarget: () => number): Promise<boolean> {
    const generation = this.#generation;
    const turn = this.#moves.then(() => this.#move(toTarget, generation));
    this.#moves = turn.catch(() => undefined);
    return turn;
  }

  async #move(toTarget: () => number, generation: number): Promise<boolean> {
    const isOver = (): boolean => this.#closed || this.#generation !== generation;
    try {
      await Promise.all(this.#fired);
      if (isOver()) return false;
      const target = toTarget();
      for (;;) {
        const event = this.#queue.takeDue(target);
        if (event === undefined) break;
        this.#jump(Math.max(event.at, this.now()));
        await this.#handlers.get(event.kind)?.(event.payload, event.at);
        // A handler may take real time, in which others fire: they are not overtaken either.
        await Promise.all(this.#fired);
        if (isOver()) return false;
      }
      if (target > this.now()) this.#jump(target);
      return true;
    } finally {
      this.#arm();
    }
  }

  #jump(instant: number): void {
    this.#offset = instant - this.#realNow();
    if (this.#frozen) this.#stoppedAt = instant;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timerAt = Number.POSITIVE_INFINITY;
    const at = this.#queue.nextAt(true);
    if (at === undefined || this.#closed) return;
    const wait = at - this.now();
    if (wait > 0 && this.#frozen) return;
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#fire(), Math.min(Math.max(wait, 0), LONGEST_TIMER_MS));
    this.#timer.unref();
  }

  #fire(): void {
    for (;;) {
      const event = this.#queue.takeDue(this.now());
      if (event === undefined) break;
      const { at, kind, payload } = event;
      // Through a promise, so that a handler that throws is reported instead of ending the process.
      const work = new Promise<void>((resolve) => {
        resolve(this.#handlers.get(kind)?.(payload, at));
      });
      this.#track(work);
      const done: Promise<void> = work
        .catch(() => undefined)
        .finally(() => this.#fired.delete(done));
      this.#fired.add(done);
    }
    this.#arm();
  }
}
