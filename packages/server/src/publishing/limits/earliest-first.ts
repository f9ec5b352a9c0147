/** Gives back what was put in by the smallest number first, and what has the same number in the order it came in. */
export class EarliestFirst<Item> {
  readonly #heap: { readonly rank: number; readonly turn: number; readonly item: Item }[] = [];
  #turns = 0;

  /** How many wait. */
  get size(): number {
    return this.#heap.length;
  }

  /** The first one, left in its place. */
  peek(): { readonly rank: number; readonly item: Item } | undefined {
    return this.#heap[0];
  }

  /** Puts one in. */
  push(rank: number, item: Item): void {
    const heap = this.#heap;
    const entry = { rank, turn: this.#turns, item };
    this.#turns += 1;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  /** Takes the first one out. */
  pop(): Item | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first?.item;
    let at = 0;
    for (;;) {
      const below = 2 * at + 1;
      const [left, right] = [heap[below], heap[below + 1]];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = isRight ? below + 1 : below;
    }
    heap[at] = last;
    return first.item;
  }
}

interface Ranked {
  readonly rank: number;
  readonly turn: number;
}

function isBefore(one: Ranked, other: Ranked): boolean {
  return one.rank === other.rank ? one.turn < other.turn : one.rank < other.rank;
}
