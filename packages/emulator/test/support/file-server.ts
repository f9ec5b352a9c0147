import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web server of the client's, from which the emulator pulls or to which it sends webhooks. */
export interface TestServer {
  readonly url: string;
  /** Requests so far, with their bodies. */
  readonly requests: readonly {
    readonly url: string;
    readonly headers: IncomingMessage['headers'];
    readonly body: string;
  }[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a server on loopback that answers with `handle`. */
export async function startServer(
  handle: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<TestServer> {
  const requests: TestServer['requests'][number][] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      requests.push({ url: request.url ?? '', headers: request.headers, body });
      handle(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers with bytes, by range where one is asked for. */
export function sendBytes(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const first = Number(asked?.[1] ?? 0);
  if (asked === null) response.writeHead(200, { 'content-length': bytes.length });
  else {
    response.writeHead(206, {
      'content-length': bytes.length - first,
      'content-range': `bytes ${first}-${bytes.length - 1}/${bytes.length}`,
    });
  }
  response.end(bytes.subarray(first));
}
