/** A list that keeps its newest entries only; each gets an `id` that grows and never repeats. */
export class Ring<Entry extends { readonly id: number }> {
  #entries: Entry[] = [];
  /** Index of the oldest entry that is still kept. */
  #start = 0;
  #lastId = 0;
  #capacity: number;

  /** @param capacity - How many entries are kept. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many entries are kept now. */
  get size(): number {
    return this.#entries.length - this.#start;
  }

  /** How many entries there ever were. */
  get total(): number {
    return this.#lastId;
  }

  /** The id that the next entry must carry. */
  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Adds an entry whose id came from {@link nextId}. */
  push(entry: Entry): void {
    this.#entries.push(entry);
    this.#trim();
  }

  /** Entries whose id is greater than `after`, oldest first. */
  list(after = 0): Entry[] {
    const kept = this.#entries.slice(this.#start);
    return after === 0 ? kept : kept.filter((entry) => entry.id > after);
  }

  /** Changes how many entries are kept. */
  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#trim();
  }

  /** Takes these entries instead; ids go on after `lastId`. */
  replace(entries: readonly Entry[], lastId: number): void {
    this.#entries = [...entries];
    this.#start = 0;
    this.#lastId = lastId;
    this.#trim();
  }

  #trim(): void {
    this.#start = Math.max(this.#start, this.#entries.length - this.#capacity);
    if (this.#start < 256 || this.#start < this.#entries.length / 2) return;
    this.#entries = this.#entries.slice(this.#start);
    this.#start = 0;
  }
}
