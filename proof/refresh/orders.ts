import type { BrokerStep } from '../../packages/server/src/accounts/broker/broker-context.ts';
import type { Site } from '../../packages/server/test/broker/member.ts';

/** What every process of this proof is told. */
export interface Order {
  readonly site: Site;
  readonly workspaceId: string;
  readonly accountIds: readonly string[];
}

/** How a victim dies: by its own `kill -9` right after a step, or by its parent's some time after one. */
export interface Death {
  readonly by: 'itself' | 'parent';
  readonly after: BrokerStep;
  /** Which of these steps, from 1. */
  readonly nth: number;
  /** How long the parent waits. */
  readonly delayMs: number;
}

/** What a victim is told. */
export interface VictimOrder extends Order {
  readonly death: Death;
  readonly seed: number;
}

/** Reads the order that the proof gave as the only argument. */
export function readOrder<T extends Order>(): T {
  // Only the proof starts these processes.
  return JSON.parse(process.argv[2] ?? '') as T;
}
