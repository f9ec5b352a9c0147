/** A workflow that was claimed has long begun by then. */
const BEGUN_WITHIN_MS = 10_000;

/** Keeps watch over work that this process has claimed and does not know of. */
export class ForgottenWork {
  /** Since when we know of work that is ours, and that nobody began. */
  #since: ReadonlyMap<string, number> = new Map();

  /**
   * Of what this process holds, by the database's word, what it has not begun for so long that it never will.
   *
   * @param held - Ids of workflows.
   * @param running - Those of them, and others, that are under way.
   */
  find(held: readonly string[], running: ReadonlySet<string | undefined>): string[] {
    const now = performance.now();
    const former = this.#since;
    this.#since = new Map(
      held.filter((id) => !running.has(id)).map((id) => [id, former.get(id) ?? now]),
    );
    return [...this.#since].filter(([, since]) => now - since > BEGUN_WITHIN_MS).map(([id]) => id);
  }
}
