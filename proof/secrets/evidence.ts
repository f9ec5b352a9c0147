import type { Canary } from './forms.ts';
import type { Haystack } from './search.ts';

/** Where secrets are looked for. */
export const places = [
  'logs',
  'errors',
  'metrics',
  'answers',
  'inspect',
  'dump',
  'data folder',
  'write-ahead log',
  'backup',
] as const;

/** One of the places where secrets are looked for. */
export type PlaceName = (typeof places)[number];

/** What a run gathers: the secrets that went through it, and all that it left behind. */
export class Evidence {
  readonly #canaries = new Map<string, Canary>();
  readonly haystacks: Haystack[] = [];

  /** The secrets seen so far, each once. */
  get canaries(): readonly Canary[] {
    return [...this.#canaries.values()];
  }

  /** How many secrets there are of a kind. */
  count(kind: string): number {
    return this.canaries.filter(({ name }) => name.startsWith(kind)).length;
  }

  /** Notes a secret. The same one is noted once, under the name that it was first seen by. */
  addSecret(kind: string, secret: string | Uint8Array): void {
    const bytes = Buffer.from(secret);
    const key = bytes.toString('hex');
    if (this.#canaries.has(key)) return;
    this.#canaries.set(key, { name: `${kind} ${this.count(kind) + 1}`, bytes });
  }

  /** Calls the secrets of a kind by another one, because from now on they belong elsewhere. */
  rename(kind: string, next: string): void {
    for (const [key, { bytes, name }] of this.#canaries) {
      if (!name.startsWith(kind)) continue;
      this.#canaries.set(key, { name: `${next} ${this.count(next) + 1}`, bytes });
    }
  }

  /** Keeps what was seen in a place. */
  add(place: PlaceName, source: string, content: string | Uint8Array): void {
    this.haystacks.push({ place, source, bytes: Buffer.from(content) });
  }
}
