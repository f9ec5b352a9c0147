import type { Json } from '../json.ts';

/** An event that waits for its instant. */
export interface ScheduledEvent {
  /** Grows; settles the order of events of the same instant. */
  readonly id: number;
  readonly at: number;
  readonly kind: string;
  readonly payload: Json;
  readonly background: boolean;
}

/** Events in the order of their instants: a binary heap whose removed members are skipped. */
export class EventQueue {
  #heap: ScheduledEvent[] = [];
  readonly #removed = new Set<number>();
  readonly #waiting = new Map<number, ScheduledEvent>();
  #lastId = 0;
  #foreground = 0;

  /** How many events wait that are not background. */
  get foreground(): number {
    return this.#foreground;
  }

  /** Adds an event and returns its id. */
  add(event: Omit<ScheduledEvent, 'id'>): number {
    this.#lastId += 1;
    this.#insert({ id: this.#lastId, ...event });
    return this.#lastId;
  }

  /** Gives none of these ids to an event that is added from now on. */
  reserve(ids: readonly number[]): void {
    for (const id of ids) this.#lastId = Math.max(this.#lastId, id);
  }

  /** Takes an event out; nothing happens when there is none of that id. */
  remove(id: number): void {
    if (!this.#forget(id)) return;
    this.#removed.add(id);
    if (this.#removed.size > 1000 && this.#removed.size > this.#heap.length / 2) this.#compact();
  }

  /** The instant of the first event, or of the first one that is not background. */
  nextAt(background: boolean): number | undefined {
    if (background) return this.#first()?.at;
    let next: number | undefined;
    for (const event of this.#waiting.values()) {
      if (!event.background && (next === undefined || event.at < next)) next = event.at;
    }
    return next;
  }

  /** Takes out the first event whose instant is not after `now`. */
  takeDue(now: number): ScheduledEvent | undefined {
    const first = this.#first();
    if (first === undefined || first.at > now) return undefined;
    this.#pop();
    this.#forget(first.id);
    return first;
  }

  /** All events that wait, in order. */
  list(): ScheduledEvent[] {
    return [...this.#waiting.values()].sort(compare);
  }

  /** Forgets everything and takes these events instead, under their own ids. */
  replace(events: readonly ScheduledEvent[]): void {
    this.#heap = [];
    this.#removed.clear();
    this.#waiting.clear();
    this.#foreground = 0;
    this.reserve(events.map(({ id }) => id));
    for (const event of events) this.#insert(event);
  }

  #insert(event: ScheduledEvent): void {
    this.#waiting.set(event.id, event);
    if (!event.background) this.#foreground += 1;
    this.#heap.push(event);
    this.#siftUp(this.#heap.length - 1);
  }

  #forget(id: number): boolean {
    const event = this.#waiting.get(id);
    if (event === undefined) return false;
    this.#waiting.delete(id);
    if (!event.background) this.#foreground -= 1;
    return true;
  }

  #first(): ScheduledEvent | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || !this.#removed.delete(first.id)) return first;
      this.#pop();
    }
  }

  #compact(): void {
    this.#removed.clear();
    this.#heap = this.list();
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown();
  }

  #siftUp(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #siftDown(): void {
    let index = 0;
    for (;;) {
      const left = index * 2 + 1;
      const smaller = this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfBefore(smaller, index)) return;
      index = smaller;
    }
  }

  #isBefore(index: number, other: number): boolean {
    const one = this.#heap[index];
    const two = this.#heap[other];
    return one !== undefined && two !== undefined && compare(one, two) < 0;
  }

  #swapIfBefore(index: number, other: number): boolean {
    const one = this.#heap[index];
    const two = this.#heap[other];
    if (one === undefined || two === undefined || compare(one, two) >= 0) return false;
    this.#heap[index] = two;
    this.#heap[other] = one;
    return true;
  }
}

function compare(one: ScheduledEvent, two: ScheduledEvent): number {
  return one.at - two.at || one.id - two.id;
}
