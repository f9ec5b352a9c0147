import type { FastifyReply } from 'fastify';

/** Sends a page. It may show what belongs to one person, so nobody keeps it. */
export function sendPage(reply: FastifyReply, page: string, status = 200): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(page);
}
