import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { StartError } from './start-error.ts';

/** A port that can be listened on. */
export interface HeldPort {
  readonly port: number;
  /** Gives it up: at once before who wants it listens. May be called twice. */
  release(): Promise<void>;
}

/**
 * The port that will be listened on, known before anything slow is started: a taken one is told at once, and the
 * public URL is right from the beginning.
 *
 * @param port - 0 takes a free one and holds it, because any connection that goes out from this machine could have it
 * otherwise. A given port is not held: who asks for the server before it listens is refused.
 * @throws {StartError} If nothing can listen there.
 */
export async function holdPort(host: string, port: number): Promise<HeldPort> {
  const holder = createServer((socket) => socket.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      holder.once('error', reject);
      holder.listen({ host, port, exclusive: true }, resolve);
    });
  } catch (error) {
    throw toStartError(error, host, port);
  }
  // A listening TCP server has an address with a port.
  const { port: found } = holder.address() as AddressInfo;
  const release = () => new Promise<void>((resolve) => holder.close(() => resolve()));
  if (port !== 0) await release();
  return { port: found, release };
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
