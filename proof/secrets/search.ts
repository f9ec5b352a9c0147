import type { Canary, Needle } from './forms.ts';
import { formsOf } from './forms.ts';

/** Bytes that are searched, and where they are from. */
export interface Haystack {
  /** Which of the places of the proof. */
  readonly place: string;
  /** The file, answer or table. */
  readonly source: string;
  readonly bytes: Buffer;
}

/** A secret where it must not be, or where it was planted. */
export interface Find {
  readonly place: string;
  readonly source: string;
  /** Tells haystacks of one source apart. */
  readonly haystack: Haystack;
  readonly canary: string;
  readonly form: string;
}

/** Shorter ones are found by chance. */
const SHORTEST = 10;

/** Where the two bytes are that needles are told by: behind beginnings that many share, such as `act.`. */
const KEY_AT = 6;

/** Looks for many secrets at once, in all their forms, reading every byte once. */
export class Search {
  /** By two of their bytes. */
  readonly #needles: (readonly Needle[] | undefined)[] = Array.from({ length: 65_536 });
  /** How many forms of how many secrets are looked for. */
  readonly forms: number;

  constructor(canaries: readonly Canary[]) {
    const needles = canaries.flatMap(formsOf);
    const short = needles.find(({ bytes }) => bytes.length < SHORTEST);
    if (short !== undefined)
      throw new RangeError(`${short.canary} is too short to be searched for`);
    for (const [key, own] of Map.groupBy(needles, ({ bytes }) => bytes.readUInt16BE(KEY_AT))) {
      this.#needles[key] = own;
    }
    this.forms = needles.length;
  }

  /** Every secret in a haystack, each form once. */
  find(haystack: Haystack): Find[] {
    const { bytes, place, source } = haystack;
    const found = new Map<Needle, Find>();
    let key = bytes[KEY_AT] ?? 0;
    for (let at = KEY_AT + 1; at < bytes.length; at += 1) {
      key = ((key << 8) | (bytes[at] ?? 0)) & 0xffff;
      const candidates = this.#needles[key];
      if (candidates === undefined) continue;
      for (const needle of candidates) {
        if (!isAt(bytes, at - 1 - KEY_AT, needle.bytes)) continue;
        found.set(needle, { place, source, haystack, canary: needle.canary, form: needle.form });
      }
    }
    return [...found.values()];
  }
}

function isAt(bytes: Buffer, at: number, needle: Buffer): boolean {
  const end = at + needle.length;
  return end <= bytes.length && bytes.compare(needle, 0, needle.length, at, end) === 0;
}
