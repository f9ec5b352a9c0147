import type { Operation } from '@greenroom/contract';
import type { Caller } from '../workspaces/principal.ts';
import type { RateLimitCheck } from './rate-limits.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent the request, as far as its headers tell; set before a route of the contract reads a body. */
    caller: Caller;
  }
  interface FastifyInstance {
    /** Counts a request of a known caller, and refuses one too many. */
    limitCaller: RateLimitCheck;
  }
  interface FastifyContextConfig {
    /** The operation of the contract that the route answers. */
    operation?: Operation;
  }
}
