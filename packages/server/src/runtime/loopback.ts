import type { FastifyRequest } from 'fastify';

/** Whether a host name, as it stands in a URL, is this very machine. */
export function isLoopbackName(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

/**
 * Whether a request comes from this very machine, and not through a proxy on it that tells of somebody else.
 *
 * A proxy need not tell: nginx by itself adds no header, and names us as host. Where one may stand, ask for more.
 */
export function isDirectLoopback({ headers, socket }: FastifyRequest): boolean {
  const wasForwarded = Object.keys(headers).some((name) => FORWARDING.test(name));
  const { hostname } = URL.parse(`http://${headers.host ?? ''}`) ?? { hostname: '' };
  return !wasForwarded && isLoopbackName(hostname) && LOOPBACK.test(socket.remoteAddress ?? '');
}

const FORWARDING = /^(?:forwarded|via|x-real-ip|x-forwarded-.+)$/;
const LOOPBACK = /^(?:::1|(?:::ffff:)?127\..*)$/;
