import type { FastifyRequest } from 'fastify';
import type { VirtualClock } from '../clock/clock.ts';
import { Ring } from '../state/ring.ts';
import type { RuleName } from './rules.ts';
import { rules } from './rules.ts';

/** A rule of TikTok's that a client broke, whether the emulator refused it or let it pass. */
export interface Violation {
  readonly id: number;
  /** ISO 8601, of the emulator's clock. */
  readonly time: string;
  readonly rule: RuleName;
  /** Page that sets the rule. */
  readonly document: string;
  readonly detail: string;
  /** The request that broke it; `null` where a rule is broken outside a request, as by a pulled file. */
  readonly request: ViolatingRequest | null;
}

/** The request of a violation, without its query; the ledger has it under the same `log_id`. */
interface ViolatingRequest {
  readonly method: string;
  readonly path: string;
  readonly log_id: string;
}

/** The violations that are remembered, newest last. */
export class Violations {
  readonly ring: Ring<Violation>;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock, retain: number) {
    this.#clock = clock;
    this.ring = new Ring(retain);
  }

  /** Records that a rule was broken. `detail` holds no token, secret or upload address. */
  record(rule: RuleName, detail: string, request: FastifyRequest | null): void {
    this.ring.push({
      id: this.ring.nextId(),
      time: new Date(this.#clock.now()).toISOString(),
      rule,
      document: rules[rule],
      detail,
      request: request === null ? null : toViolatingRequest(request),
    });
  }
}

function toViolatingRequest(request: FastifyRequest): ViolatingRequest {
  const { path, logId } = request.call;
  return { method: request.method, path, log_id: logId };
}
