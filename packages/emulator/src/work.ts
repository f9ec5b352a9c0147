/** Work in flight that is not a request: pulls, processing, webhook deliveries. */
export class Work {
  readonly #pending = new Set<Promise<unknown>>();
  readonly #failed: (error: unknown) => void;

  /** @param failed - Told of an error that nobody else caught. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** How much is in flight. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Counts work as in flight until it settles. */
  track(work: Promise<unknown>): void {
    const counted = work.catch(this.#failed).finally(() => this.#pending.delete(counted));
    this.#pending.add(counted);
  }

  /** Resolves once nothing is in flight, what began meanwhile included. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }
}
