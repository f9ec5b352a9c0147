/** Length of TikTok's daily windows. */
const DAY_MS = 24 * 60 * 60 * 1000;

/** Entries kept of each creator at least; more than that only where a cap counts that far. */
const KEPT_ENTRIES = 500;

/** Something that counts for a day. */
export interface RollingEntry {
  readonly publish_id: string;
  readonly client_key: string;
  /** Milliseconds of the emulator's clock. */
  readonly at: number;
}

/** What each creator did in the last 24 hours. An entry made exactly a day ago is over. */
export class RollingLog {
  readonly #entries = new Map<string, RollingEntry[]>();
  readonly #toCap: () => number;

  /**
   * @param toCap - The cap as it is now. What goes beyond it, as while no cap holds, is forgotten,
   *   the oldest first: memory stays flat, and the count still reaches the cap.
   */
  constructor(toCap: () => number) {
    this.#toCap = toCap;
  }

  /** Counts something from now on. */
  add(username: string, entry: RollingEntry): void {
    const entries = this.#entries.get(username);
    if (entries === undefined) this.#entries.set(username, [entry]);
    else entries.push(entry);
    const kept = Math.max(this.#toCap(), KEPT_ENTRIES);
    // Twice as many, so that the list is not copied each time.
    if (entries !== undefined && entries.length > 2 * kept) {
      this.#entries.set(username, entries.slice(-kept));
    }
  }

  /** Stops counting what a post caused. */
  giveBack(username: string, publishId: string): void {
    const entries = this.#entries.get(username);
    const index = entries?.findLastIndex((entry) => entry.publish_id === publishId) ?? -1;
    if (index >= 0) entries?.splice(index, 1);
  }

  /** What counts at this moment, oldest first. */
  list(username: string, now: number): readonly RollingEntry[] {
    const entries = this.#entries.get(username) ?? [];
    const isOver = entries[0] !== undefined && entries[0].at <= now - DAY_MS;
    if (!isOver) return entries;
    const left = entries.filter((entry) => entry.at > now - DAY_MS);
    this.#entries.set(username, left);
    return left;
  }

  /** Creators who did something through an app that counts at this moment. */
  usersOf(clientKey: string, now: number): ReadonlySet<string> {
    const users = new Set<string>();
    for (const username of this.#entries.keys()) {
      const isTheirs = this.list(username, now).some((entry) => entry.client_key === clientKey);
      if (isTheirs) users.add(username);
    }
    return users;
  }

  /** Everything, for a snapshot. */
  save(): [username: string, entries: RollingEntry[]][] {
    return [...this.#entries];
  }

  /** Goes back to what a snapshot kept. */
  load(saved: readonly (readonly [string, readonly RollingEntry[]])[]): void {
    this.#entries.clear();
    for (const [username, entries] of saved) this.#entries.set(username, [...entries]);
  }
}
