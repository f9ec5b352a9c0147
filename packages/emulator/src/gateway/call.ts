import type { FaultAction } from './faults.ts';

/** What the emulator knows about a request while it is answered; `request.call`. */
export interface Call {
  /** The `log_id` of its answer. */
  readonly logId: string;
  /** The emulator's time when it came. */
  readonly at: number;
  /** Path without query. */
  readonly path: string;
  /** App and creator, as soon as they are known. */
  clientKey: string | null;
  username: string | null;
  /** The code that was answered, where the answer has one. */
  code: string | null;
  /** What a fault rule wants with this request. */
  fault: FaultAction | null;
  /** The `id` of that fault rule. */
  faultId: number | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What the emulator knows about this request. */
    call: Call;
  }
}
