/** What is seen of every {@link Hidden} value, wherever it is printed. */
const MASK = '[hidden]';

/**
 * A setting that holds a secret and is handed to a library as it is, such as the address of a database with its
 * password. Template strings, `JSON.stringify`, `util.inspect` and a structured clone do not show it. Secrets
 * that only `accounts/` may read are a `Secret` instead.
 */
export class Hidden<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value, to be handed on to what needs it and kept nowhere else. */
  open(): T {
    return this.#value;
  }

  /** Always `[hidden]`. */
  toString(): string {
    return MASK;
  }

  /** Always `[hidden]`. */
  toJSON(): string {
    return MASK;
  }

  /** Always `[hidden]`, for `util.inspect` and so for `console`. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return MASK;
  }
}
