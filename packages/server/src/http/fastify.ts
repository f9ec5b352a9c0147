import type { Operations } from '@greenroom/contract';
import type { Caller, Principal } from '../workspaces/principal.ts';
import type { RateLimitCheck } from './rate-limits.ts';
import type { KnownRoute } from './unknown-address.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent the request, as far as its headers tell; set before a route of the contract reads a body. */
    caller: Caller;
    /** Who that turned out to be in the workspace; set when a route works in one. */
    principal: Principal | undefined;
  }
  interface FastifyInstance {
    /** Every route there is. */
    knownRoutes: readonly KnownRoute[];
    /** Counts a request of a known caller, and refuses one too many. */
    limitCaller: RateLimitCheck;
  }
  interface FastifyContextConfig {
    /** The operation of the contract that the route answers. */
    operation?: Operations[keyof Operations];
    /** Whether its body is a file, which may take its time. */
    isUpload?: boolean;
    /** Whether one address sends here for many, and may send more than elsewhere. */
    isForEvents?: boolean;
  }
}
