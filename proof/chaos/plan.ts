import { randomOf } from '../report.ts';

/** What a post of a plan is. */
type PostKind = 'video' | 'large video' | 'video draft' | 'photos' | 'photo draft';

/** A post of a plan. */
export interface PlannedPost {
  readonly kind: PostKind;
  /** Which of the plan's accounts it is for. */
  readonly account: number;
  /** When it is due after the plan begins, in milliseconds. */
  readonly dueMs: number;
}

/** Something that TikTok does wrong, once. */
export interface PlannedFault {
  readonly at: 'creator info' | 'init' | 'upload' | 'status';
  readonly does: 'cut before' | 'cut after' | 'fail' | 'limit' | 'slow';
  /** Which of the requests it hits, from 1. */
  readonly nth: number;
}

/** Where a worker should be when it is killed. */
export type Window = 'init' | 'answer' | 'last chunk' | 'transfer' | 'anywhere';

/** Something that is done to the installation. */
export type Blow =
  | { readonly kind: 'kill'; readonly window: Window; readonly afterMs: number }
  /** Every process that works at once, as when a machine loses its power. */
  | { readonly kind: 'kill all'; readonly window: Window; readonly afterMs: number }
  /** The process that answers: the API, webhooks, the media that TikTok pulls. */
  | { readonly kind: 'kill web'; readonly afterMs: number }
  | { readonly kind: 'clock'; readonly seconds: number; readonly afterMs: number }
  | { readonly kind: 'database'; readonly signal: 'SIGQUIT' | 'SIGINT'; readonly afterMs: number };

/** One story: posts, and what goes wrong while they are published. All of it follows from the seed. */
export interface Plan {
  readonly seed: number;
  /** How videos get to TikTok. */
  readonly transfer: 'upload' | 'pull';
  readonly accounts: number;
  readonly posts: readonly PlannedPost[];
  readonly faults: readonly PlannedFault[];
  readonly blows: readonly Blow[];
}

/** Draws a plan; the same seed draws the same one. */
export function drawPlan(seed: number): Plan {
  const dice = new Dice(seed);
  const transfer = dice.pick(['upload', 'pull'] as const);
  const accounts = 1 + dice.below(3);
  const posts = dice.times(2 + dice.below(3), () => drawPost(dice, transfer, accounts));
  const faults = dice.times(dice.below(3), () => drawFault(dice));
  const blows = [
    drawKill(dice, transfer),
    ...dice.times(dice.below(3), () => drawBlow(dice, transfer)),
  ];
  return { seed, transfer, accounts, posts, faults, blows };
}

function drawPost(dice: Dice, transfer: Plan['transfer'], accounts: number): PlannedPost {
  const kinds: readonly PostKind[] =
    transfer === 'upload'
      ? ['video', 'video', 'video', 'video draft', 'photos', 'photo draft']
      : ['video', 'video', 'photos', 'photos', 'video draft', 'photo draft'];
  const isLarge = transfer === 'upload' && dice.below(16) === 0;
  const kind = isLarge ? 'large video' : dice.pick(kinds);
  return { kind, account: dice.below(accounts), dueMs: 300 + dice.below(1_500) };
}

const FAULTS = {
  'creator info': ['cut before', 'cut after', 'fail', 'limit', 'slow'],
  init: ['cut before', 'cut after', 'fail', 'limit', 'slow'],
  upload: ['cut before', 'cut after', 'fail', 'slow'],
  status: ['cut before', 'cut after', 'fail', 'limit', 'slow'],
} as const satisfies Record<PlannedFault['at'], readonly PlannedFault['does'][]>;

function drawFault(dice: Dice): PlannedFault {
  const at = dice.pick(['creator info', 'init', 'init', 'upload', 'upload', 'status'] as const);
  return { at, does: dice.pick(FAULTS[at]), nth: 1 + dice.below(3) };
}

function drawKill(dice: Dice, transfer: Plan['transfer']): Blow {
  const windows: readonly Window[] =
    transfer === 'upload'
      ? ['init', 'answer', 'answer', 'last chunk', 'last chunk', 'transfer', 'anywhere']
      : ['init', 'answer', 'answer', 'anywhere'];
  const kind = dice.below(5) === 0 ? 'kill all' : 'kill';
  return { kind, window: dice.pick(windows), afterMs: dice.below(300) };
}

function drawBlow(dice: Dice, transfer: Plan['transfer']): Blow {
  const afterMs = dice.below(1_500);
  switch (dice.below(8)) {
    case 0:
      return { kind: 'kill web', afterMs };
    case 1:
      return { kind: 'database', signal: dice.pick(['SIGQUIT', 'SIGINT'] as const), afterMs };
    case 2:
    case 3:
      return { kind: 'clock', seconds: drawJump(dice), afterMs };
    default:
      return drawKill(dice, transfer);
  }
}

/** Mostly a little, at times beyond the hour that an `upload_url` lives, at times backwards, ours alone. */
function drawJump(dice: Dice): number {
  const kind = dice.below(6);
  if (kind === 0) return -(1 + dice.below(60));
  if (kind === 1) return 3_600 + dice.below(3_600);
  return 5 + dice.below(300);
}

/** Throws that a seed replays. */
class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomOf(seed);
  }

  /** A whole number from 0 to `most` - 1. */
  below(most: number): number {
    return Math.floor(this.#random() * most);
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new RangeError('Nothing to pick from');
    return item;
  }

  times<T>(count: number, draw: () => T): T[] {
    return Array.from({ length: count }, draw);
  }
}
