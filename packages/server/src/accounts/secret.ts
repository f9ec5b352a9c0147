import { createHash, timingSafeEqual } from 'node:crypto';

/** What is seen of every {@link Secret}, wherever it is printed. */
const MASK = '[secret]';

/**
 * A text that must never be seen: a token, an authorization code, a client secret, a code verifier.
 *
 * Template strings, `JSON.stringify`, `util.inspect`, loggers and error messages get `[secret]`, and
 * a structured clone gets nothing: the text is in a private field. Only {@link Secret.reveal} gives it
 * out, and a test reads the sources and fails when that is called outside `accounts/`.
 */
export class Secret {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /** Hides a text. */
  static of(text: string): Secret {
    return new Secret(text);
  }

  /** The text itself. Only for `accounts/`: hand it to TikTok or to the vault, and keep it nowhere. */
  reveal(): string {
    return this.#text;
  }

  /** Whether both hold the same text; takes the same time wherever they begin to differ. */
  equals(other: Secret): boolean {
    return timingSafeEqual(digest(this.#text), digest(other.#text));
  }

  /** Always `[secret]`. */
  toString(): string {
    return MASK;
  }

  /** Always `[secret]`. */
  toJSON(): string {
    return MASK;
  }

  /** Always `[secret]`, for sums and template strings. */
  [Symbol.toPrimitive](): string {
    return MASK;
  }

  /** Always `[secret]`, for `util.inspect` and so for `console`. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return MASK;
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
