import type { FastifyRequest } from 'fastify';

/** Whether a request comes from this very machine, and not through a proxy on it that speaks for somebody else. */
export function isDirectLoopback({ headers, socket }: FastifyRequest): boolean {
  const wasForwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
  return !wasForwarded && /^(?:::1|(?:::ffff:)?127\..*)$/.test(socket.remoteAddress ?? '');
}
