/** What was opened, to be closed in the reverse order: all of it, whatever fails. */
export class Closers {
  readonly #closers: (() => Promise<unknown>)[] = [];
  #closing: Promise<void> | undefined;

  /** Remembers how something is closed. */
  add(close: () => Promise<unknown>): void {
    this.#closers.push(close);
  }

  /**
   * Closes everything, the last one first. May be called twice.
   *
   * @throws {AggregateError} If something failed; the rest was closed all the same.
   */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#closers.toReversed()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'Not everything could be closed.');
  }
}
