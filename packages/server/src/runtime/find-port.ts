import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { StartError } from './start-error.ts';

/**
 * The port that will be listened on, known before anything slow is started: a taken one is told at once, and the
 * public URL is right from the beginning.
 *
 * @param port - 0 takes a free one.
 * @throws {StartError} If nothing can listen there.
 */
export async function findPort(host: string, port: number): Promise<number> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
    // A listening TCP server has an address with a port.
    return (server.address() as AddressInfo).port;
  } catch (error) {
    throw toStartError(error, host, port);
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

/** Says in words why nothing can listen there. */
export function toStartError(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  switch (code) {
    case 'EADDRINUSE':
      return new StartError('port_taken', `Another program listens on ${where}.`, {
        cause: error,
        remedy: 'End it, or set another port (--port, GREENROOM_PORT).',
      });
    case 'EACCES':
      return new StartError('not_permitted', `This user may not listen on ${where}.`, {
        cause: error,
        remedy: 'Take a port above 1023 (--port, GREENROOM_PORT) and put a proxy before it.',
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartError('bad_address', `This machine has no address ${host}.`, {
        cause: error,
        remedy: 'Set one that it has (GREENROOM_HOST); 0.0.0.0 listens on all.',
      });
    default:
      return error;
  }
}
