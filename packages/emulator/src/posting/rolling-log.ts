/** Length of TikTok's daily windows. */
const DAY_MS = 24 * 60 * 60 * 1000;

/** Entries kept of each owner when nobody asks: more than any cap counts to. */
const KEPT_ENTRIES = 1000;

/** Something that counts for a day. */
export interface RollingEntry {
  readonly publish_id: string;
  readonly username: string;
  /** Milliseconds of the emulator's clock. */
  readonly at: number;
}

/** What each owner did in the last 24 hours, by owner. An entry made exactly a day ago is over. */
export class RollingLog {
  readonly #entries = new Map<string, RollingEntry[]>();

  /** Counts something from now on. */
  add(owner: string, entry: RollingEntry): void {
    const entries = this.#entries.get(owner) ?? [];
    entries.push(entry);
    this.#entries.set(
      owner,
      entries.length > 2 * KEPT_ENTRIES ? entries.slice(-KEPT_ENTRIES) : entries,
    );
  }

  /** Stops counting what a post caused. */
  giveBack(owner: string, publishId: string): void {
    const entries = this.#entries.get(owner);
    const index = entries?.findLastIndex((entry) => entry.publish_id === publishId) ?? -1;
    if (index >= 0) entries?.splice(index, 1);
  }

  /** What counts at this moment, oldest first. */
  list(owner: string, now: number): readonly RollingEntry[] {
    const entries = this.#entries.get(owner) ?? [];
    const isOver = entries[0] !== undefined && entries[0].at <= now - DAY_MS;
    if (!isOver) return entries;
    const left = entries.filter((entry) => entry.at > now - DAY_MS);
    this.#entries.set(owner, left);
    return left;
  }

  /** Everything, for a snapshot. */
  save(): [owner: string, entries: RollingEntry[]][] {
    return [...this.#entries];
  }

  /** Goes back to what a snapshot kept. */
  load(saved: readonly (readonly [string, readonly RollingEntry[]])[]): void {
    this.#entries.clear();
    for (const [owner, entries] of saved) this.#entries.set(owner, [...entries]);
  }
}
