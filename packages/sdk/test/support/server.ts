import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A listening server that answers as it is told. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
}

/** Answers one request; the index counts them from 0. */
export type Answer = (response: ServerResponse, request: SeenRequest, index: number) => void;

/** Starts a server on a free loopback port; with it end all its connections. */
export async function startServer(answer: Answer): Promise<TestServer> {
  const requests: SeenRequest[] = [];
  const server = createServer((incoming, response) => {
    void buffer(incoming).then((body) => {
      const { method = '', url = '', headers } = incoming;
      const request = { method, url, headers, body: body.toString() };
      requests.push(request);
      answer(response, request, requests.length - 1);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server's address is never a path.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Answers with TikTok's envelope of a success. */
export function sendOk(response: ServerResponse, data: unknown): void {
  sendJson(response, 200, { data, error: { code: 'ok', message: '', log_id: 'LOG0' } });
}

/** Answers with TikTok's envelope of an error. */
export function sendError(response: ServerResponse, status: number, code: string): void {
  sendJson(response, status, { data: {}, error: { code, message: 'no', log_id: 'LOG1' } });
}
