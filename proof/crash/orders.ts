/**
 * When a process dies at a place that waits:
 *
 * - `pending`: what is waited for has begun, and the event loop has turned twice, so that what it wrote is on its way;
 *   its answer has not been looked at. What settles sooner is died at before anyone sees it.
 * - `settled`: it is done, and the function behind it has not gone on.
 */
export type Moment = 'pending' | 'settled';

/** An order to die. All processes of an installation get it, and the first one to come to the place obeys. */
export interface DeathOrder {
  /** The place, as `AwaitSite.id` names it. */
  readonly site: string;
  readonly moment: Moment;
  /** Which time that a process comes to the place, from 1. */
  readonly hit: number;
  /** Made by the one that obeys, right before it dies: nobody else dies of the same order. */
  readonly claimFile: string;
}

/** What the harness says to a process. Each is answered with the same `id`. */
export interface ToProcess {
  readonly id: number;
  /** The new order; null: live. */
  readonly order: DeathOrder | null;
}

/** What a process says: the places that it came to since it was asked last. */
export interface FromProcess {
  readonly id: number;
  readonly reached: readonly string[];
}

/** A first order, for a process that is to die in what it does before anyone could talk to it. */
export const ORDER_VARIABLE = 'PROOF_DEATH_ORDER';

/** Names the file with the rewritten sources. */
export const REWRITTEN_VARIABLE = 'PROOF_REWRITTEN';

/** What the rewritten sources call; the hook defines it before it loads any of them. */
export const RUNTIME = '__greenroomAwait';
