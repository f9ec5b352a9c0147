import { once } from 'node:events';
import { realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Layout, OWNER } from './layout.ts';

/** Where the server is reached: a socket in its folder or, where that cannot be, loopback. Never a network. */
export interface Address {
  /** Folder of the socket; undefined for loopback. */
  readonly socketFolder: string | undefined;
  readonly port: number;
}

/** Port in a socket's name. The folder is ours alone, so it is never taken. */
const SOCKET_PORT = 5432;

/** Longest path of a socket, in bytes: macOS has the least room, 104 with the closing zero. */
const SOCKET_PATH_LIMIT = 103;

/**
 * Chooses where the server listens.
 *
 * A socket: it is faster, needs no free port, and other users of the machine cannot even try a password. Loopback on
 * Windows, where Node has no such sockets, and where the path of the folder is too long for one.
 */
export async function chooseAddress(layout: Layout): Promise<Address> {
  const socketFolder = await realpath(layout.run);
  const path = join(socketFolder, `.s.PGSQL.${SOCKET_PORT}`);
  const isSocketPossible =
    process.platform !== 'win32' && Buffer.byteLength(path) <= SOCKET_PATH_LIMIT;
  if (isSocketPossible) return { socketFolder, port: SOCKET_PORT };
  return { socketFolder: undefined, port: await findFreePort() };
}

/** The owner's connection string. */
export function ownerUrl(address: Address, password: string): string {
  const host =
    address.socketFolder === undefined
      ? `127.0.0.1:${address.port}`
      : encodeURIComponent(address.socketFolder);
  return `postgres://${OWNER}:${password}@${host}/${OWNER}`;
}

/** Settings that make the server listen there, with its folder as it reaches it. */
export function listenSettings(address: Address, folder: string): Record<string, string> {
  const isSocket = address.socketFolder !== undefined;
  return {
    listen_addresses: isSocket ? '' : '127.0.0.1',
    port: String(address.port),
    unix_socket_directories: isSocket ? join(folder, 'run') : '',
    unix_socket_permissions: '0700',
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
