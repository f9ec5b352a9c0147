import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';

/** A way to the database that can be cut, as a network or a restart cuts it. */
export interface DatabaseProxy extends AsyncDisposable {
  /** The database’s address, by this way. */
  readonly url: string;
  /** Cuts all connections and refuses new ones. */
  cut(): Promise<void>;
  /** Lets connections through again. */
  mend(): Promise<void>;
}

/** Listens on loopback and passes everything on to the socket of the engine. */
export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const path = join(decodeURIComponent(target.hostname), `.s.PGSQL.${target.port || 5432}`);
  const sockets = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connect(path);
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
    }
  });
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  // It listens on TCP, so its address is an object.
  const { port } = server.address() as AddressInfo;
  const cut = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: `postgres://${target.username}:${target.password}@127.0.0.1:${port}${target.pathname}`,
    cut,
    mend: () => listen(port),
    [Symbol.asyncDispose]: async () => {
      if (server.listening) await cut();
    },
  };
}
