import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An app's redirect address on loopback. */
export interface CallbackServer extends AsyncDisposable {
  /** What the app registers and sends. */
  readonly redirectUri: string;
}

/** Starts the app's side of the redirect: it answers whatever comes. */
export async function startCallbackServer(): Promise<CallbackServer> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain').end('back in the app');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address object, never a pipe's name.
  const { port } = server.address() as AddressInfo;
  return {
    redirectUri: `http://127.0.0.1:${port}/callback/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
